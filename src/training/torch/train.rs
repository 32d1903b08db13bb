//! The training loop: steps, measurements, divergence, budgets, checkpoints.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use tch::{Kind, Tensor};

use super::session::Session;
use crate::experiment::Failure;
use crate::training::curve::{Plan, Record, has_diverged};
use crate::training::store::Job;

/// A net with its data.
pub trait Trainable {
    /// One step of gradient descent; `step` counts from 0 and names what is random in it.
    fn advance(&mut self, step: u64);

    /// The loss of the curve, now; so many steps were taken.
    fn loss(&mut self, steps: u64) -> f64;

    /// Numbers of the trained net, by name.
    fn finals(&mut self) -> Vec<(String, f64)> {
        Vec::new()
    }

    /// All tensors that a resumed run needs, by name.
    fn state(&self) -> Vec<(String, Tensor)>;

    /// Takes such tensors back; false if they don't fit.
    fn load(&mut self, state: &HashMap<String, Tensor>) -> bool;
}

/// A checkpoint is written this often.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(60);

/// Trains by the plan. A checkpoint of the same run is taken up; one is written every minute.
///
/// # Errors
/// [`Failure::Unavailable`] if the plan's seconds are over; the checkpoint then holds the work done.
pub fn train(job: &Job, net: &mut dyn Trainable, plan: &Plan) -> Result<Record, Failure> {
    let _session = Session::enter();
    let checkpoint = job.checkpoint();
    let resumed = checkpoint.as_deref().and_then(|path| resume(path, net, plan));
    let (mut step, mut losses) = resumed.unwrap_or_default();
    let start = Instant::now();
    let mut written = start;
    for &due in &plan.measured[losses.len()..] {
        while step < due {
            net.advance(step);
            step += 1;
            let out_of_time =
                plan.seconds.is_some_and(|limit| start.elapsed().as_secs_f64() > limit);
            if out_of_time || written.elapsed() > BETWEEN_CHECKPOINTS {
                written = Instant::now();
                checkpoint.as_deref().map(|path| save(path, net, step, &losses));
            }
            if out_of_time {
                let what = format!(
                    "a training run was at step {step} of {} when its time was over",
                    plan.steps
                );
                return Err(Failure::Unavailable {
                    what,
                    mend: "run it again: it goes on from there".into(),
                });
            }
        }
        let loss = net.loss(step);
        losses.push(if loss.is_nan() { f64::INFINITY } else { loss });
        if has_diverged(loss) {
            break;
        }
    }
    let diverged = losses.last().is_some_and(|&loss| has_diverged(loss));
    losses.resize(plan.measured.len(), f64::INFINITY);
    let finals = if diverged { Vec::new() } else { net.finals() };
    if let Some(path) = checkpoint {
        // It may never have been written.
        let _ = std::fs::remove_file(path);
    }
    Ok(Record { steps: plan.measured.clone(), losses, finals: finals.into_iter().collect() })
}

/// Names of the loop's own tensors in a checkpoint.
const STEP: &str = "loop.step";
const LOSSES: &str = "loop.losses";

/// Writes the net's tensors, the step and the curve so far, whole or not at all.
fn save(path: &Path, net: &dyn Trainable, step: u64, losses: &[f64]) {
    let mut tensors = net.state();
    tensors.push((STEP.into(), Tensor::from_slice(&[step as i64])));
    tensors.push((LOSSES.into(), Tensor::from_slice(losses)));
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all).is_ok()
        && Tensor::write_safetensors(&tensors, &temporary).is_ok()
        && std::fs::rename(&temporary, path).is_ok();
    if !written {
        // A full disk costs the checkpoint, not the run.
        let _ = std::fs::remove_file(temporary);
    }
}

/// Step and curve of a checkpoint whose tensors the net took; `None` if there is none that fits.
fn resume(path: &Path, net: &mut dyn Trainable, plan: &Plan) -> Option<(u64, Vec<f64>)> {
    if !path.is_file() {
        return None;
    }
    let state: HashMap<String, Tensor> = Tensor::read_safetensors(path).ok()?.into_iter().collect();
    let step = u64::try_from(state.get(STEP)?.f_int64_value(&[0]).ok()?).ok()?;
    let losses: Vec<f64> = state.get(LOSSES)?.to_kind(Kind::Double).try_into().ok()?;
    let fits = losses.len() < plan.measured.len() && step <= plan.measured[losses.len()];
    (fits && net.load(&state)).then_some((step, losses))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::StreamKey;
    use serde_json::json;

    /// Its loss is 2^−steps, or what a net that explodes gives.
    struct Halving {
        value: f64,
        factor: f64,
        stop_at: Option<u64>,
    }

    impl Trainable for Halving {
        fn advance(&mut self, step: u64) {
            if self.stop_at == Some(step) {
                std::thread::sleep(Duration::from_millis(300));
            }
            self.value *= self.factor;
        }

        fn loss(&mut self, _steps: u64) -> f64 {
            self.value
        }

        fn state(&self) -> Vec<(String, Tensor)> {
            vec![("value".into(), Tensor::from_slice(&[self.value]))]
        }

        fn load(&mut self, state: &HashMap<String, Tensor>) -> bool {
            self.value = state["value"].double_value(&[0]);
            true
        }
    }

    fn job(name: &str) -> Job {
        Job::new("train", &json!(name), StreamKey::derive(1, "train", "{}").trial(0))
    }

    fn net(factor: f64) -> Halving {
        Halving { value: 1.0, factor, stop_at: None }
    }

    #[test]
    fn a_curve_is_measured_where_the_plan_says() {
        let record = train(&job("curve"), &mut net(0.5), &Plan::at(4, vec![0, 1])).unwrap();
        assert_eq!((record.steps, record.losses), (vec![0, 1, 4], vec![1.0, 0.5, 0.0625]));
    }

    #[test]
    fn divergence_is_an_outcome() {
        let record =
            train(&job("diverging"), &mut net(1e4), &Plan::at(4, vec![0, 1, 2, 3])).unwrap();
        assert_eq!(record.losses, [1.0, 1e4, 1e8, f64::INFINITY, f64::INFINITY]);
        assert_eq!(record.diverged_at(), 2.0);
        let record = train(&job("nan"), &mut net(f64::NAN), &Plan::at(1, vec![])).unwrap();
        assert_eq!(record.losses, [f64::INFINITY]);
    }

    #[test]
    fn a_run_out_of_time_goes_on_from_its_checkpoint() {
        let job = job("slow");
        let plan = Plan { seconds: Some(0.2), ..Plan::at(6, vec![0, 2]) };
        let mut slow = Halving { stop_at: Some(3), ..net(0.5) };
        assert!(matches!(train(&job, &mut slow, &plan), Err(Failure::Unavailable { .. })));
        assert!(job.checkpoint().unwrap().is_file());
        // A fresh net takes the checkpoint up: had it started anew it would be slow again.
        let mut fresh = Halving { stop_at: Some(2), ..net(0.5) };
        let record = train(&job, &mut fresh, &plan).unwrap();
        assert_eq!(record.losses, [1.0, 0.25, 1.0 / 64.0]);
        assert!(!job.checkpoint().unwrap().exists());
    }
}
