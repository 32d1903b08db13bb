//! The runs of an arm: made once, by whichever claim asks first, and their pictures.

use super::Params;
use crate::experiment::Failure;
use crate::random::StreamKey;
use crate::training::curve::Record;
use crate::training::mlp::Recipe;
use crate::training::mlp::arm::ArmName;
use crate::training::mlp::images::Split;

/// Paired runs of two arms.
pub struct Training {
    pub params: Params,
    pub recipe: Recipe,
}

impl Training {
    /// The images, read the first time.
    pub fn split(&self) -> Result<&'static Split, Failure> {
        self.recipe.data.load()
    }

    /// The records of an arm, by seed.
    pub fn records(&self, arm: ArmName) -> Result<Vec<Record>, Failure> {
        let arms: &[ArmName] = if self.params.arm == self.params.than {
            &[self.params.arm]
        } else {
            &[self.params.arm, self.params.than]
        };
        let count = self.params.seeds as usize;
        let place = arms.iter().position(|&known| known == arm).unwrap_or(0);
        let wanted = if arm == self.params.arm { &arms[..1] } else { arms };
        let all = self.train(wanted)?;
        Ok(all[place * count..(place + 1) * count].to_vec())
    }

    #[cfg(not(feature = "torch"))]
    fn train(&self, _arms: &[ArmName]) -> Result<Vec<Record>, Failure> {
        let _ = (&self.recipe, StreamKey::derive(0, "", "").trial(0));
        crate::training::ready().map(|()| Vec::new())
    }

    #[cfg(not(feature = "torch"))]
    pub fn kept(&self, _trained: bool) -> Result<Vec<f32>, Failure> {
        crate::training::ready().map(|()| Vec::new())
    }

    /// All runs of these arms, arm by arm; every free thread takes what nobody makes yet.
    #[cfg(feature = "torch")]
    fn train(&self, arms: &[ArmName]) -> Result<Vec<Record>, Failure> {
        use crate::training::store::run_all;
        use rayon::prelude::*;

        let make = || {
            let specs: Vec<(ArmName, u64)> = arms
                .iter()
                .flat_map(|&arm| (0..self.params.seeds).map(move |seed| (arm, seed)))
                .collect();
            let jobs: Vec<_> = specs.iter().map(|&(arm, seed)| self.job(arm, seed)).collect();
            run_all(&jobs, |index, job| self.run(specs[index].0, job))
        };
        let threads = rayon::current_num_threads().max(1);
        let all: Vec<_> = (0..threads).into_par_iter().map(|_| make()).collect();
        all.into_iter().next().unwrap_or_else(make)
    }

    #[cfg(feature = "torch")]
    fn job(&self, arm: ArmName, seed: u64) -> crate::training::store::Job {
        let device = crate::training::torch::device(self.params.cuda);
        let description = serde_json::json!([self.recipe, arm.arm(), format!("{device:?}")]);
        let stream = StreamKey::derive(0, "shadow-training", "").trial(seed);
        crate::training::store::Job::new("mlp", &description, stream)
    }

    #[cfg(feature = "torch")]
    fn run(&self, arm: ArmName, job: &crate::training::store::Job) -> Result<Record, Failure> {
        use crate::training::curve::Plan;
        use crate::training::torch::{mlp, train};

        let measured = self.recipe.measured();
        let steps = measured.last().copied().unwrap_or(0);
        let plan = Plan { steps, measured, seconds: self.params.seconds };
        let mut run = self.start(arm, job)?;
        let record = train(job, &mut run, &plan)?;
        mlp::keep_pictures(job, &run);
        Ok(record)
    }

    /// A run before its first step.
    #[cfg(feature = "torch")]
    fn start(
        &self,
        arm: ArmName,
        job: &crate::training::store::Job,
    ) -> Result<crate::training::torch::mlp::Run<'_>, Failure> {
        let device = crate::training::torch::device(self.params.cuda);
        let split = self.split()?;
        Ok(crate::training::torch::mlp::Run::new(
            &job.stream,
            &self.recipe,
            arm.arm(),
            split,
            device,
        ))
    }

    /// Synthetic images of seed 0 before training or at the end, one after the other.
    #[cfg(feature = "torch")]
    pub fn kept(&self, trained: bool) -> Result<Vec<f32>, Failure> {
        use crate::training::torch::mlp::{pictures_now, trained_pictures};

        let job = self.job(self.params.arm, 0);
        if !trained {
            return pictures_now(&self.start(self.params.arm, &job)?);
        }
        // So that a run in progress is waited for.
        self.train(&[self.params.arm])?;
        trained_pictures(&job, self.start(self.params.arm, &job)?)
    }
}
