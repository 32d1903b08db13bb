//! Training convolutional nets on CIFAR-10 with random or with learnt filters.
//!
//! Layers are convolution (stride 1, zero padded), batch normalisation, ReLU, pooling; a linear softmax classifier
//! follows (Gilbert et al. 2017, Sections 4.1 and C.1, in whose notation `nets` are written). Three ways to train a
//! net: 0, the classifier alone, batch normalisation having the statistics of the whole training set; 1, the
//! classifier and the scales and shifts of batch normalisation (the paper's footnote 8); 2, all weights.
//!
//! Training images are the first `n_train` of CIFAR-10, test images the first `n_test`; channels are standardised. Adam
//! on the cross-entropy, the learning rate falling to 0 in a line, dropout before the classifier. A trial is a seed:
//! all its runs start from the same Gaussian filters and see the same batches.
//!
//! Needs libtorch and CIFAR-10: `make setup`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{
    Column, Definition, Failure, Nature, Observable, Parameters, Prepared, Tail,
};
use crate::random::Stream;
use crate::training::cnn::{Architecture, Learnt, Settings, study};
use crate::training::curve::{Plan, Record};

const OBSERVABLES: &[Observable] = &[
    trained(
        "classifier_accuracy",
        &["net"],
        r"A^{0}_{#1}",
        "test accuracy of a net of which the classifier alone learnt",
    ),
    trained(
        "random_accuracy",
        &["net"],
        r"A^{\mathrm{random}}_{#1}",
        "test accuracy with random filters; classifier and batch normalisation learnt",
    ),
    trained(
        "learned_accuracy",
        &["net"],
        r"A^{\mathrm{learned}}_{#1}",
        "test accuracy with learnt filters",
    ),
    trained(
        "test_loss",
        &["net", "way", "epoch"],
        r"\mathcal{L}_{#1,#2}(#3)",
        "mean cross-entropy on the test images after an epoch; way 0, 1, 2 as above",
    ),
];

const fn trained(
    name: &'static str,
    arguments: &'static [&'static str],
    latex: &'static str,
    doc: &'static str,
) -> Observable {
    Observable { name, arguments, latex, doc, nature: Nature::Trained }
}

/// Training of convolutional nets on CIFAR-10.
pub static EXPERIMENT: Definition = Definition::of::<Params>(
    "convolutional nets on CIFAR-10 with random and with learnt filters",
    "a seed: filters, batches, mirrors and dropout, shared by all runs of the trial",
    OBSERVABLES,
);

/// What is trained.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Nets as in Table 5: `(32)3c-2pmax-4pave`; observables number them from 1.
    nets: Vec<String>,
    /// Training images.
    n_train: usize,
    /// Test images.
    n_test: usize,
    /// Times that every image is seen.
    epochs: u64,
    /// Images in a batch.
    batch: usize,
    /// Learning rate at the start.
    rate: f64,
    /// Share of features dropped before the classifier.
    dropout: f64,
    /// Mirror images at random; default true.
    #[serde(default = "yes")]
    flips: bool,
    /// Give the training images each other's labels.
    #[serde(default)]
    shuffled: bool,
    /// Train on a CUDA device where there is one.
    #[serde(default)]
    cuda: bool,
    /// Seconds after which a run stops until it is asked again; no limit if left out.
    #[serde(default)]
    seconds: Option<f64>,
}

const fn yes() -> bool {
    true
}

impl Parameters for Params {
    fn prepare(self) -> Result<Box<dyn Prepared>, Failure> {
        let parse = |text: &String| {
            let net: Architecture = text.parse().map_err(|error: String| {
                Failure::parameter(error, "for example `(32)3c-2pmax-4pave`")
            })?;
            match net.complaint(study::SIDE) {
                Some(complaint) => Err(Failure::parameter(complaint, "see Table 5")),
                None => Ok(net),
            }
        };
        let nets = self.nets.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        if nets.is_empty() || self.epochs == 0 || self.epochs > 10_000 {
            return Err(Failure::parameter("`nets` and `epochs` must not be empty", ""));
        }
        if self.batch == 0 || self.batch > self.n_train {
            return Err(Failure::parameter("`batch` must be from 1 to `n_train`", ""));
        }
        let rates = self.rate > 0.0 && self.rate.is_finite() && (0.0..1.0).contains(&self.dropout);
        if !rates {
            let message = "`rate` must be positive, `dropout` from 0 to less than 1";
            return Err(Failure::parameter(message, ""));
        }
        study::check(self.n_train, self.n_test)?;
        Ok(Box::new(Training { params: self, nets }))
    }
}

struct Training {
    params: Params,
    nets: Vec<Architecture>,
}

impl Training {
    const fn settings(&self) -> Settings {
        let Params { epochs, batch, rate, dropout, flips, .. } = self.params;
        Settings { epochs, batch, rate, dropout, flips }
    }

    fn in_epoch(&self) -> u64 {
        (self.params.n_train / self.params.batch) as u64
    }

    /// Measured after every epoch.
    fn plan(&self) -> Plan {
        let steps = (0..=self.params.epochs).map(|epoch| epoch * self.in_epoch());
        let plan = Plan::at(self.params.epochs * self.in_epoch(), steps.collect());
        Plan { seconds: self.params.seconds, ..plan }
    }

    /// All nets, each in the three ways.
    fn runs(&self) -> Vec<(&Architecture, Learnt)> {
        self.nets.iter().flat_map(|net| Learnt::ALL.map(|learnt| (net, learnt))).collect()
    }

    #[cfg(not(feature = "torch"))]
    fn records(&self, _stream: &Stream) -> Result<Vec<Record>, Failure> {
        let _ = (self.settings(), self.plan(), self.params.shuffled, self.params.cuda);
        crate::training::ready().map(|()| Vec::new())
    }

    #[cfg(feature = "torch")]
    fn records(&self, stream: &Stream) -> Result<Vec<Record>, Failure> {
        use crate::training::store::{Job, run_all};
        use crate::training::torch::photos::Photos;
        use crate::training::torch::{Session, cnn, device, train};

        let (params, plan, settings) = (&self.params, self.plan(), self.settings());
        let (device, runs) = (device(params.cuda), self.runs());
        let job = |(net, learnt): &(&Architecture, Learnt)| {
            let description = serde_json::json!([
                net.to_string(),
                learnt,
                settings,
                params.n_train,
                params.n_test,
                params.shuffled,
                plan.measured,
                format!("{device:?}"),
            ]);
            Job::new("cnn", &description, stream.substream(0))
        };
        let jobs: Vec<Job> = runs.iter().map(job).collect();
        run_all(&jobs, |index, job| {
            let (net, learnt) = runs[index];
            let (images, test) = study::images()?;
            let labels = params.shuffled.then(|| {
                study::shuffled_labels(images, params.n_train, &mut job.stream.substream(2))
            });
            let photos = Photos::new(images, params.n_train, labels.as_deref(), device);
            let test = Photos::new(test, params.n_test, None, device);
            let shape = (images.channels, study::SIDE, images.classes);
            let _session = Session::enter();
            let net = cnn::Net::draw(&mut job.stream.substream(0), net, shape, device);
            let order = job.stream.substream(1);
            let mut run = cnn::Run::new(net, learnt, (&photos, &test), settings, order);
            train(job, &mut run, &plan)
        })
    }
}

impl Prepared for Training {
    fn columns(&self) -> Vec<Column> {
        let column = |observable, arguments| Column { observable, arguments, tail: Tail::Unknown };
        let mut columns = Vec::new();
        for net in 1..=self.nets.len() {
            for (way, name) in ACCURACIES.into_iter().enumerate() {
                columns.push(column(name, vec![net as f64]));
                let losses = (0..=self.params.epochs)
                    .map(|epoch| column("test_loss", vec![net as f64, way as f64, epoch as f64]));
                columns.extend(losses);
            }
        }
        columns
    }

    fn trial(&self, stream: &mut Stream, out: &mut [f64]) -> Result<(), Failure> {
        let records = self.records(stream)?;
        let epochs = || (0..=self.params.epochs).map(|epoch| epoch * self.in_epoch());
        let numbers = records.iter().flat_map(|record| {
            let losses = epochs().map(|step| record.loss(step));
            std::iter::once(record.last("accuracy")).chain(losses)
        });
        out.iter_mut().zip(numbers).for_each(|(out, number)| *out = number);
        Ok(())
    }

    fn cost(&self) -> f64 {
        let once: f64 = self.nets.iter().map(|net| net.products(study::SIDE, 3)).sum();
        // Forward and backward, in all ways; convolutions run at a third of the speed of products.
        3.0 * 2.0 * 6.0 * once * self.params.epochs as f64 * self.params.n_train as f64
    }
}

/// Accuracies in the order of the ways.
const ACCURACIES: [&str; 3] = ["classifier_accuracy", "random_accuracy", "learned_accuracy"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn prepare(change: serde_json::Value) -> Result<Box<dyn Prepared>, Failure> {
        let mut all = json!({"nets": ["(4)3c-2pmax-4pave"], "n_train": 40, "n_test": 20, "epochs": 2,
            "batch": 20, "rate": 0.01, "dropout": 0.3});
        for (name, value) in change.as_object().unwrap() {
            all[name] = value.clone();
        }
        (EXPERIMENT.prepare)(&all)
    }

    #[test]
    fn bad_parameters_are_refused() {
        for bad in [
            json!({"nets": []}),
            json!({"nets": ["3c"]}),
            json!({"nets": ["(4)4c-2pmax"]}),
            json!({"batch": 41}),
            json!({"dropout": 1.0}),
            json!({"rate": 0.0}),
            json!({"n_train": 50_001}),
            json!({"epochs": 0}),
        ] {
            assert!(matches!(prepare(bad.clone()), Err(Failure::Parameter { .. })), "{bad}");
        }
    }

    #[test]
    fn a_trial_fills_its_columns_the_same_way_twice() {
        let Ok(prepared) = prepare(json!({})) else {
            return eprintln!("skipped: CIFAR-10 is not there (make setup fetches it)");
        };
        if let Err(failure) = crate::training::ready() {
            return eprintln!("skipped: {failure}");
        }
        let columns = prepared.columns();
        assert_eq!(columns.len(), 3 * 4);
        let stream = || crate::random::StreamKey::derive(8, "cnn-training", "{}").trial(0);
        let (mut out, mut again) = (vec![f64::NAN; columns.len()], vec![f64::NAN; columns.len()]);
        prepared.trial(&mut stream(), &mut out).unwrap();
        prepared.trial(&mut stream(), &mut again).unwrap();
        assert_eq!(format!("{out:?}"), format!("{again:?}"));
        // Before training the classifier is 0: all classes are alike.
        assert!((out[1] - 10_f64.ln()).abs() < 1e-5, "{out:?}");
        assert!(out.iter().all(|x| x.is_finite()), "{out:?}");
    }
}
