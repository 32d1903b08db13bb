//! Training deep weight-tied autoencoders on MNIST from different initialisations.
//!
//! `x_l = W_l σ(x_{l−1}) + b_l`, `x̂_l = W_lᵀ φ(x̂_{l+1}) + v_l`, `L` layers up and `L` down, all hidden widths
//! `n`, ReLU between encoder and decoder, plain stochastic gradient descent on the batch mean of `‖x − x̂‖²/‖x‖²`; batches are drawn
//! with replacement from the first 50 000 training images (Li & Nguyen, ICLR 2019, Section 3.5). Setting 1: pixels
//! in [−1, 1] and a tanh at the output. Setting 2: pixels in [0, 1] and none.
//!
//! A trial is a seed: all runs of a trial see the same batches and start from the same standard normals, scaled
//! by their schemes. `run` in the observables is the scheme's number in Table 1, or the run's place (from 1) where it is spelt
//! out or has a loss of its own. The test loss is the normalised one on the first `test` test images; it is measured at every step up to 20,
//! then every 13th, and is an observable at 0, 1, 2, 5, 10, 20, 50, … and the last step. A run that
//! diverges (loss beyond 10⁶) has infinite loss from then on.
//!
//! Exact observables are functions of the images alone, in double precision (relative error below 1e-6, from
//! pixels in single precision).
//!
//! Needs libtorch (for the trained observables) and MNIST: `make setup`.

mod observables;

use schemars::JsonSchema;
use serde::Deserialize;

use observables::OBSERVABLES;

use crate::experiment::{Column, Definition, Enclosure, Failure, Parameters, Prepared, Tail};
use crate::random::Stream;
use crate::training::constant::loss_of;
use crate::training::curve::{Plan, Record, log_grid};
use crate::training::initial_loss::{Variant, initial_loss};
use crate::training::mnist_settings::{PIXELS, Setting, Study};
use crate::training::scheme::RunSpec;

/// Training of weight-tied autoencoders on MNIST.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "training of deep weight-tied autoencoders on MNIST, by initialisation",
    "a seed: weights and batches, shared by all runs of the trial",
    OBSERVABLES,
);

/// What is trained.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// 1: pixels in [−1, 1], tanh at the output; 2: pixels in [0, 1], no activation there.
    pub setting: u8,
    /// Runs: numbers of Table 1, `{scheme, loss}` or `{phi, sigma, weight, bias}`.
    pub runs: Vec<RunSpec>,
    /// Layers up, and as many down.
    #[serde(rename = "L")]
    pub depth: usize,
    /// Width of all hidden layers.
    pub n: usize,
    /// Images in a batch.
    pub batch: usize,
    /// Learning rate.
    pub rate: f64,
    /// Steps of gradient descent.
    pub steps: u64,
    /// Test images (the first of the file); default 1000.
    #[serde(default = "thousand")]
    pub test: usize,
    /// Levels for `crossing`.
    #[serde(default)]
    pub levels: Vec<f64>,
    /// Pairs [faster, slower] of runs, for `median_ratio`, `least_ratio` and `band_share`.
    #[serde(default)]
    pub pairs: Vec<[usize; 2]>,
    /// Ratios that `band_share` counts; default 3 to 10.
    #[serde(default = "three_to_ten")]
    pub band: [f64; 2],
    /// Further steps at which the test loss is an observable.
    #[serde(default)]
    pub also: Vec<u64>,
    /// Train on a CUDA device where there is one.
    #[serde(default)]
    pub cuda: bool,
    /// Seconds after which a run stops until it is asked again; no limit if left out.
    #[serde(default)]
    pub seconds: Option<f64>,
}

const fn thousand() -> usize {
    1000
}

const fn three_to_ten() -> [f64; 2] {
    [3.0, 10.0]
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let Some(setting) = Setting::of(self.setting) else {
            return Err(Failure::parameter("`setting` must be 1 or 2", ""));
        };
        let counts = [self.depth, self.n, self.batch, self.test];
        if counts.contains(&0) || self.depth > 1000 || self.n > 10_000 || self.test > 10_000 {
            let message = "`L`, `n`, `batch` and `test` must be positive, and at most 1000, 10 000, any and 10 000";
            return Err(Failure::parameter(message, "the paper has L = 100, n = 400, batch = 250"));
        }
        if !(self.rate > 0.0 && self.rate.is_finite()) || self.levels.iter().any(|x| x.is_nan()) {
            return Err(Failure::parameter("`rate` must be positive, `levels` numbers", ""));
        }
        if self.also.iter().any(|&step| step > self.steps) {
            return Err(Failure::parameter("`also` must not go beyond `steps`", ""));
        }
        let mut labels = Vec::new();
        for (place, run) in self.runs.iter().enumerate() {
            let Some(scheme) = run.scheme() else {
                let message = format!("run {} is not in Table 1", place + 1);
                return Err(Failure::parameter(message, "its schemes are numbered 1 to 14"));
            };
            let variances = [scheme.weight, scheme.bias, scheme.decoder_bias];
            if variances.iter().any(|&v| !(v >= 0.0 && v.is_finite())) {
                return Err(Failure::parameter("variances must be at least 0", ""));
            }
            labels.push(run.label(place));
        }
        let distinct: std::collections::BTreeSet<_> = labels.iter().collect();
        if labels.is_empty() || distinct.len() < labels.len() {
            let hint = "a run's number is its scheme's, or its place where it is spelt out";
            return Err(Failure::parameter("`runs` must name at least one run, each once", hint));
        }
        if self.pairs.iter().flatten().any(|run| !labels.contains(run)) {
            return Err(Failure::parameter("`pairs` must name runs that are trained", ""));
        }
        let mut grid = log_grid(self.steps);
        grid.extend(&self.also);
        grid.sort_unstable();
        grid.dedup();
        Ok(Box::new(Training { params: self, setting, labels, grid }))
    }
}

struct Training {
    params: Params,
    setting: Setting,
    labels: Vec<usize>,
    /// Steps at which the test loss is an observable.
    grid: Vec<u64>,
}

impl Training {
    fn study(&self) -> Result<&'static Study, Failure> {
        Study::load(self.setting)
    }

    fn plan(&self) -> Plan {
        let mut plan = Plan::dense(self.params.steps, 13);
        let measured = plan.measured.iter().chain(&self.params.also).copied().collect();
        plan.measured = Plan::at(self.params.steps, measured).measured;
        plan.seconds = self.params.seconds;
        plan
    }

    fn initial_loss(&self, label: f64, variant: f64) -> Result<Enclosure, Failure> {
        let place = self.labels.iter().position(|&known| known as f64 == label);
        let scheme = place.and_then(|place| self.params.runs[place].scheme());
        let (Some(scheme), Some(variant)) = (scheme, Variant::of(variant)) else {
            return Err(Failure::domain("there is no such run, or no such variant (0 to 2)"));
        };
        if self.setting != Setting::Unit {
            return Err(Failure::domain("the initial loss has a closed form in setting 2 only"));
        }
        let study = self.study()?;
        let shape = (self.params.depth, self.params.n, study.train.size());
        let norms = &study.test.squared_norms()[..self.params.test];
        initial_loss(scheme, shape, norms, variant)
    }

    /// Median, least, and share within the band, of the ratios of crossing times over all pairs and levels; NaN if
    /// one is not defined (neither run got there), so that nothing is dropped.
    fn ratios(&self, records: &[Record]) -> [f64; 3] {
        let record = |label: &usize| {
            self.labels.iter().position(|known| known == label).map(|place| &records[place])
        };
        let mut ratios = Vec::new();
        for [fast, slow] in &self.params.pairs {
            let (Some(fast), Some(slow)) = (record(fast), record(slow)) else { continue };
            ratios.extend(self.params.levels.iter().map(|&x| slow.crossing(x) / fast.crossing(x)));
        }
        if ratios.is_empty() || ratios.iter().any(|ratio| ratio.is_nan()) {
            return [f64::NAN; 3];
        }
        ratios.sort_by(f64::total_cmp);
        let count = ratios.len();
        let median = 0.5 * (ratios[(count - 1) / 2] + ratios[count / 2]);
        let [low, high] = self.params.band;
        let within = ratios.iter().filter(|ratio| (low..=high).contains(*ratio)).count();
        [median, ratios[0], within as f64 / count as f64]
    }

    #[cfg(not(feature = "torch"))]
    fn records(&self, _stream: &Stream) -> Result<Vec<Record>, Failure> {
        let _ = (self.setting, self.plan());
        crate::training::ready().map(|()| Vec::new())
    }

    #[cfg(feature = "torch")]
    fn records(&self, stream: &Stream) -> Result<Vec<Record>, Failure> {
        use crate::training::store::{Job, run_all};
        use crate::training::torch::{autoencoder, device, train};

        let params = &self.params;
        let plan = self.plan();
        let study = self.study()?;
        let (others, device) = (study.others.as_ref(), device(params.cuda));
        let job = |run: &RunSpec| {
            let description = serde_json::json!([
                self.setting,
                run.scheme(),
                run.loss(),
                params.depth,
                params.n,
                params.batch,
                params.rate,
                params.test,
                plan.measured,
                others.is_some(),
                format!("{device:?}"),
            ]);
            Job::new("autoencoder", &description, stream.substream(0))
        };
        let jobs: Vec<Job> = params.runs.iter().map(job).collect();
        run_all(&jobs, |index, job| {
            let run = &params.runs[index];
            let Some(scheme) = run.scheme() else { return Err(Failure::domain("no such scheme")) };
            let mut widths = vec![study.train.size()];
            widths.resize(params.depth + 1, params.n);
            let mut weights = job.stream.substream(0);
            let kinds = self.setting.activations();
            let mut training = autoencoder::Run {
                net: autoencoder::Net::draw(&mut weights, &widths, scheme, kinds, device),
                images: &study.train,
                test: &study.test,
                others,
                tested: params.test,
                batch: params.batch,
                rate: params.rate,
                loss: run.loss(),
                order: job.stream.substream(1),
            };
            train(job, &mut training, &plan)
        })
    }
}

impl Prepared for Training {
    fn exact(&self, name: &str, arguments: &[f64]) -> Result<Enclosure, Failure> {
        let study = self.study()?;
        let constant = study.constant();
        let loss = |output: &[f64]| loss_of(output, &study.test, self.params.test);
        let value = match (name, arguments) {
            ("constant_loss", []) => loss(&constant.best),
            ("mean_image_loss", []) => loss(&constant.mean),
            ("harmonic_norm_sq", []) => 1.0 / constant.mean_inverse_norm,
            ("bias_only_loss", &[step]) if self.setting == Setting::Unit => {
                loss(&constant.learnt(self.params.rate, step))
            }
            ("initial_loss", &[label, variant]) => return self.initial_loss(label, variant),
            ("bias_only_loss", _) => {
                return Err(Failure::domain("biases alone follow a closed form in setting 2 only"));
            }
            _ => return Err(Failure::no_such_observable(name)),
        };
        Ok(Enclosure::with_relative_error(value, 1e-6))
    }

    fn columns(&self) -> Vec<Column> {
        let column = |observable, arguments| Column { observable, arguments, tail: Tail::Unknown };
        let mut columns = Vec::new();
        for label in self.labels.iter().map(|&label| label as f64) {
            columns.extend(
                self.grid.iter().map(|&step| column("test_loss", vec![label, step as f64])),
            );
            columns.extend(
                self.params.levels.iter().map(|&level| column("crossing", vec![label, level])),
            );
            columns.extend(LAST.map(|name| column(name, vec![label])));
        }
        if self.setting == Setting::Unit {
            let ratio = |&label: &usize| Column::indexed("decrease_ratio", label, Tail::Unknown);
            columns.extend(self.labels.iter().map(ratio));
        }
        if !self.params.pairs.is_empty() {
            columns.extend(RATIOS.map(|name| Column::plain(name, Tail::Unknown)));
        }
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let records = self.records(stream)?;
        let mut numbers = Vec::with_capacity(out.len());
        for record in &records {
            numbers.extend(self.grid.iter().map(|&step| record.loss(step)));
            numbers.extend(self.params.levels.iter().map(|&level| record.crossing(level)));
            numbers.extend(LAST.map(|name| match name {
                "diverged_at" => record.diverged_at(),
                name => record.last(name),
            }));
        }
        if self.setting == Setting::Unit {
            let study = self.study()?;
            let learnt = study.constant().learnt(self.params.rate, self.params.steps as f64);
            let alone = 1.0 - loss_of(&learnt, &study.test, self.params.test);
            numbers.extend(records.iter().map(|it| (1.0 - it.loss(self.params.steps)) / alone));
        }
        if !self.params.pairs.is_empty() {
            numbers.extend(self.ratios(&records));
        }
        out.iter_mut().zip(numbers).for_each(|(out, number)| *out = number);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let params = &self.params;
        let weights = params.n * (PIXELS + (params.depth - 1) * params.n);
        // Six products a step and two a measurement; small products run at a third of the speed.
        let step = 3.0 * 12.0 * (weights * params.batch) as f64;
        let measurement = 4.0 * (weights * params.test) as f64;
        let measurements = self.plan().measured.len() as f64;
        params.runs.len() as f64 * (params.steps as f64 * step + measurements * measurement)
    }
}

/// Observables of a trained net, in the order of their columns.
const LAST: [&str; 4] = ["diverged_at", "variance_ratio", "digit_accuracy", "ood_loss"];

/// Observables of the pairs, in the order of their columns.
const RATIOS: [&str; 3] = ["median_ratio", "least_ratio", "band_share"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn prepare(change: serde_json::Value) -> Result<Box<dyn Prepared>, Failure> {
        let mut all = json!({"setting": 2, "runs": [7, 8], "L": 3, "n": 10, "batch": 8, "rate": 0.01,
            "steps": 4, "test": 20, "levels": [0.9]});
        for (name, value) in change.as_object().unwrap() {
            all[name] = value.clone();
        }
        (EXPERIMENT.prepare)(&all)
    }

    #[test]
    fn bad_parameters_are_refused() {
        for bad in [
            json!({"setting": 3}),
            json!({"runs": []}),
            json!({"runs": [15]}),
            json!({"runs": [7, 7]}),
            json!({"L": 0}),
            json!({"rate": 0.0}),
            json!({"also": [5]}),
            json!({"pairs": [[7, 9]]}),
            json!({"runs": [{"phi": "relu", "sigma": "tanh", "weight": -1.0, "bias": 0.0}]}),
        ] {
            assert!(matches!(prepare(bad.clone()), Err(Failure::Parameter { .. })), "{bad}");
        }
    }

    #[test]
    fn a_trial_fills_its_columns_the_same_way_twice() {
        let Ok(prepared) = prepare(json!({})) else {
            return eprintln!("skipped: MNIST is not there (make setup fetches it)");
        };
        if let Err(failure) = crate::training::ready() {
            return eprintln!("skipped: {failure}");
        }
        let columns = prepared.columns();
        let stream = || crate::random::StreamKey::derive(8, "autoencoder-training", "{}").trial(0);
        let (mut out, mut again) = (vec![f64::NAN; columns.len()], vec![f64::NAN; columns.len()]);
        prepared.trial(&mut stream(), &mut out).unwrap();
        prepared.trial(&mut stream(), &mut again).unwrap();
        assert_eq!(format!("{out:?}"), format!("{again:?}"));
        assert!(
            columns
                .iter()
                .zip(&out)
                .all(|(column, x)| column.observable != "test_loss" || x.is_finite())
        );
    }

    /// k and L_c for MNIST's first 50 000 training and 1000 test images, pixels in [0, 1], from NumPy.
    #[test]
    fn statistics_of_mnist_are_those_of_numpy() {
        let Ok(prepared) = prepare(json!({"test": 1000})) else {
            return eprintln!("skipped: MNIST is not there (make setup fetches it)");
        };
        let exact = |name| prepared.exact(name, &[]).unwrap().value;
        approx::assert_relative_eq!(exact("harmonic_norm_sq"), 75.9475826951, max_relative = 1e-6);
        approx::assert_relative_eq!(exact("constant_loss"), 0.6481342196, max_relative = 1e-6);
        approx::assert_relative_eq!(exact("mean_image_loss"), 0.6644968347, max_relative = 1e-6);
    }
}
