//! Measurements dealt out to the tasks of a cluster: grouped by what they ask of a machine, each task about
//! as long as the others of its group.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::cost::Model;
use super::schedule::Job;
use super::work::trains;

/// What a process takes before it measures anything, bytes.
const BASE_MEMORY: f64 = 512e6;
/// Minutes that every task gets beside its measurements: loading, a slow disk.
const SPARE_MINUTES: u64 = 5;
/// Slurm's usual limit of an array (MaxArraySize).
const MAX_TASKS: usize = 1000;

/// What may not be torn apart: measurements that share training runs, or a single one.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Keys of its measurements.
    pub keys: Vec<String>,
    /// Compute time, seconds of one thread.
    pub seconds: f64,
    /// Growth of the process, bytes.
    pub memory: f64,
    /// It asks for a GPU.
    pub gpu: bool,
}

/// How tasks are cut and what they are given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, serde::Deserialize)]
pub struct Wishes {
    /// Threads of a task.
    pub threads: usize,
    /// Tasks that an array has at least, where there are measurements enough.
    pub tasks: usize,
    /// Hours that a task should take.
    pub hours: f64,
    /// Time asked for, as a multiple of the time expected.
    pub time_factor: f64,
    /// Memory asked for, as a multiple of the memory expected.
    pub memory_factor: f64,
}

/// An array of tasks that ask for the same.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// Name, from what is asked for: `cpu-2g`, `gpu-8g-16h`.
    pub name: String,
    /// A GPU is asked for.
    pub gpu: bool,
    /// Memory asked for, MiB.
    pub memory: u64,
    /// Time asked for, minutes.
    pub minutes: u64,
    /// Time expected of the longest task, seconds.
    pub expected: f64,
    /// Keys of each task's measurements.
    pub tasks: Vec<Vec<String>>,
}

/// The units of some jobs.
pub fn units(jobs: &[Job<'_>], model: &Model) -> Vec<Unit> {
    let mut shared: BTreeMap<String, Unit> = BTreeMap::new();
    for job in jobs {
        let cost = model.cost(job.cell);
        let name = match trains(job.cell) {
            true => job.parts.parameters.clone(),
            false => job.key.clone(),
        };
        let unit = shared.entry(name).or_insert_with(|| Unit {
            keys: Vec::new(),
            seconds: 0.0,
            memory: 0.0,
            gpu: false,
        });
        unit.keys.push(job.key.clone());
        // Shared runs are made once, by the first that asks.
        unit.seconds = unit.seconds.max(cost.seconds);
        unit.memory = unit.memory.max(cost.memory);
        unit.gpu |= cost.gpu;
    }
    shared.into_values().collect()
}

/// What a unit asks of a machine: GPU, memory (GiB, a power of two), hours (a power of two; 0 for all that
/// fit into an ordinary task).
type Class = (bool, u64, u64);

fn class(unit: &Unit, wishes: &Wishes) -> Class {
    let bytes = BASE_MEMORY + wishes.threads as f64 * unit.memory * wishes.memory_factor;
    let memory = ((bytes / 1_073_741_824.0).ceil() as u64).next_power_of_two();
    let hours = unit.seconds / 3600.0;
    let long = if hours > wishes.hours { (hours.ceil() as u64).next_power_of_two() } else { 0 };
    (unit.gpu, memory, long)
}

/// Deals units out to arrays of tasks. Every key is in exactly one task.
pub fn groups(units: &[Unit], wishes: &Wishes) -> Vec<Group> {
    let mut classes: BTreeMap<Class, Vec<&Unit>> = BTreeMap::new();
    for unit in units {
        classes.entry(class(unit, wishes)).or_default().push(unit);
    }
    classes.into_iter().map(|(class, units)| group(class, units, wishes)).collect()
}

fn group((gpu, memory, hours): Class, mut units: Vec<&Unit>, wishes: &Wishes) -> Group {
    units.sort_by(|a, b| b.seconds.total_cmp(&a.seconds).then_with(|| a.keys.cmp(&b.keys)));
    let total: f64 = units.iter().map(|unit| unit.seconds).sum::<f64>() / wishes.threads as f64;
    let wanted = (total / (3600.0 * wishes.hours)).ceil() as usize;
    let count = wanted.max(wishes.tasks).clamp(1, MAX_TASKS.min(units.len()));
    let mut loads = vec![(0.0, 0.0_f64, BTreeSet::new()); count];
    for unit in units {
        let lightest =
            (0..count).min_by(|&a, &b| f64::total_cmp(&loads[a].0, &loads[b].0)).unwrap_or(0);
        let load = &mut loads[lightest];
        // A millisecond each, so that measurements of no time at all are spread too.
        load.0 += unit.seconds + 1e-3;
        load.1 = load.1.max(unit.seconds);
        load.2.extend(unit.keys.iter().cloned());
    }
    let spread = |load: &(f64, f64, BTreeSet<String>)| load.1.max(load.0 / wishes.threads as f64);
    let expected = loads.iter().map(spread).fold(0.0, f64::max);
    let kind = if gpu { "gpu" } else { "cpu" };
    let long = if hours > 0 { format!("-{hours}h") } else { String::new() };
    Group {
        name: format!("{kind}-{memory}g{long}"),
        gpu,
        memory: 1024 * memory,
        minutes: (expected * wishes.time_factor / 60.0).ceil() as u64 + SPARE_MINUTES,
        expected,
        tasks: loads.into_iter().map(|(_, _, keys)| keys.into_iter().collect()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WISHES: Wishes =
        Wishes { threads: 2, tasks: 3, hours: 1.0, time_factor: 2.0, memory_factor: 1.5 };

    fn unit(name: &str, seconds: f64, memory: f64, gpu: bool) -> Unit {
        Unit { keys: vec![name.into()], seconds, memory, gpu }
    }

    #[test]
    fn every_key_stands_in_one_task_of_the_right_class() {
        let mut units: Vec<Unit> =
            (0..40).map(|i| unit(&format!("k{i}"), 10.0 * f64::from(i), 1e8, false)).collect();
        units.push(unit("big", 100.0, 5e9, false));
        units.push(unit("card", 100.0, 1e8, true));
        units.push(unit("long", 40_000.0, 1e8, false));
        let groups = groups(&units, &WISHES);
        let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["cpu-1g", "cpu-1g-16h", "cpu-16g", "gpu-1g"]);
        let mut keys: Vec<&String> = groups.iter().flat_map(|g| g.tasks.iter().flatten()).collect();
        assert_eq!(keys.len(), 43);
        keys.dedup();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 43);
        // 7800 s on two threads at an hour a task would be two; three are wished.
        assert_eq!(groups[0].tasks.len(), 3);
        let even = groups[0].expected / (7800.0 / 2.0 / 3.0);
        assert!((1.0..1.1).contains(&even), "{even}");
        // 40 000 s and twice that in whole minutes: 1333.4.
        assert_eq!(groups[1].minutes, 1334 + SPARE_MINUTES);
    }

    #[test]
    fn there_are_never_more_tasks_than_units() {
        let groups = groups(&[unit("a", 1.0, 0.0, false)], &Wishes { tasks: 50, ..WISHES });
        assert_eq!((groups.len(), groups[0].tasks.len()), (1, 1));
        assert!(super::groups(&[], &WISHES).is_empty());
    }
}
