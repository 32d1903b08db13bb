//! One round of a run: scripts, parts, and their submission.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::cli::{Exit, Global};
use crate::run::parts::{Group, Wishes};
use crate::run::verify::Started;

const TASK: &str = include_str!("../../../templates/slurm/task.sh");
const FINISH: &str = include_str!("../../../templates/slurm/finish.sh");

/// What is to be written.
pub struct Round<'a> {
    /// From 1.
    pub number: u32,
    /// What was asked for.
    pub started: &'a Started,
    /// The site's own lines.
    pub header: &'a str,
}

impl Round<'_> {
    /// Writes the scripts and parts into `<out>/round-<number>`.
    pub fn write(
        &self,
        global: &Global,
        out: &Path,
        groups: &[Group],
        wishes: &Wishes,
    ) -> anyhow::Result<()> {
        let out = std::path::absolute(out)?;
        let round = out.join(format!("round-{}", self.number));
        std::fs::create_dir_all(round.join("parts"))?;
        let quoted = |path: &Path| quote(&path.to_string_lossy());
        let mut context = tera::Context::new();
        context.insert("folder", &round.to_string_lossy());
        context.insert("start", &quoted(&std::env::current_dir()?));
        context.insert("program", &quoted(&std::env::current_exe()?));
        context.insert("claims", &quoted(&std::path::absolute(&global.claims)?));
        context.insert("profile", self.started.profile.name());
        context.insert("seed", &self.started.seed);
        context.insert("threads", &wishes.threads);
        context.insert("parts", &quoted(&round.join("parts")));
        context.insert("work", &quoted(&out.join(format!("work/{}", self.number))));
        context.insert("out", &quoted(&out));
        context.insert("environment", &environment());
        let mut lines = String::from(
            "#!/bin/sh\n# Submits the arrays, and the job that joins them.\nset -eu\n",
        );
        lines += &format!("cd {}\n: > jobs.txt\nafter=afterany\n", quoted(&round));
        for group in groups {
            for (index, keys) in group.tasks.iter().enumerate() {
                let place = round.join(format!("parts/{}-{}.txt", group.name, index + 1));
                std::fs::write(&place, keys.join("\n") + "\n")?;
            }
            context.insert("name", &group.name);
            context.insert("tasks", &group.tasks.len());
            context.insert("memory", &group.memory);
            context.insert("minutes", &group.minutes);
            context.insert("gpu", &group.gpu);
            write_script(&round.join(format!("{}.sh", group.name)), TASK, &context, self.header)?;
            lines += &format!(
                "job=$(sbatch --parsable {0}.sh)\njob=${{job%%;*}}\necho \"$job {0}\" >> jobs.txt\nafter=$after:$job\n",
                group.name
            );
        }
        write_script(&round.join("finish.sh"), FINISH, &context, self.header)?;
        lines += "sbatch --dependency=\"$after\" finish.sh\n";
        std::fs::write(round.join("submit.sh"), lines)?;
        Ok(())
    }
}

/// Fills a template; the site's own lines go before the first command.
fn write_script(
    place: &Path,
    template: &str,
    context: &tera::Context,
    header: &str,
) -> anyhow::Result<()> {
    let text = tera::Tera::one_off(template, context, false)?;
    let text = text.replacen("set -eu\n", &format!("{}\nset -eu\n", header.trim_end()), 1);
    std::fs::write(place, text).with_context(|| place.display().to_string())
}

/// Variables that say where libtorch, data and finished training runs are.
fn environment() -> String {
    let names = ["XDG_CACHE_HOME", "HOME", "LIBTORCH"];
    let set = names.iter().filter_map(|name| Some((name, std::env::var(name).ok()?)));
    set.map(|(name, value)| format!("export {name}={}\n", quote(&value))).collect()
}

/// One word for a shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// One line an array, for a person.
pub fn table(groups: &[Group]) -> String {
    let line = |group: &Group| {
        let expected = crate::markup::number::duration(group.expected);
        format!(
            "{:16} {:4} tasks, {:6} MiB, {:5} min asked for ({expected} expected of the longest)\n",
            group.name,
            group.tasks.len(),
            group.memory,
            group.minutes
        )
    };
    groups.iter().map(line).collect()
}

/// Hands a round to Slurm.
pub fn submit(round: &Path) -> anyhow::Result<Exit> {
    let status = std::process::Command::new("sh")
        .arg(round.join("submit.sh"))
        .status()
        .context("can't submit")?;
    if !status.success() {
        bail!("`sbatch` refused; the scripts are in {}", round.display());
    }
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell_stay_one_word() {
        assert_eq!(quote("a b$(x)'c"), r"'a b$(x)'\''c'");
    }
}
