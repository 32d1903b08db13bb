//! What is read off a pass down and up a [`super::stack::Stack`].

use super::evolution::Stage;
use super::stack::{Draw, Pass, transposed_product};

fn mean_where(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    sum / count
}

fn inner(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

/// For every layer: gains and mean squares off the support of `ĥ^(j)`, `j = 1..=L`, then number of non-zeros, squared
/// norm, sum and largest entry over norm of `h^(j)`, `j = 0..L`.
pub fn layers(pass: &Pass) -> Vec<f64> {
    let depth = pass.found.len();
    let slope = |j: usize| {
        inner(&pass.found[j - 1], &pass.codes[j]) / inner(&pass.codes[j], &pass.codes[j])
    };
    let off = |j: usize| mean_where(off_support(&pass.found[j - 1], &pass.codes[j]).map(|x| x * x));
    let code = |j: usize| pass.codes[j].iter().map(|h| f64::from(*h));
    let mut record: Vec<f64> = (1..=depth).map(slope).collect();
    record.extend((1..=depth).map(off));
    record.extend((0..depth).map(|j| code(j).filter(|h| *h != 0.0).count() as f64));
    record.extend((0..depth).map(|j| code(j).map(|h| h * h).sum::<f64>()));
    record.extend((0..depth).map(|j| code(j).sum::<f64>()));
    record.extend(
        (0..depth)
            .map(|j| code(j).fold(0.0, f64::max) / code(j).map(|h| h * h).sum::<f64>().sqrt()),
    );
    record
}

/// Of the top: mean squared error on the support, largest error in predicted standard deviations about the predicted gain,
/// share of the support found among the largest pre-activations, whether the largest is right, and mean squared output off the
/// support with an offset of so many standard deviations and without.
pub fn top(pass: &Pass, top: Stage, offset: f64) -> [f64; 6] {
    let depth = pass.found.len();
    let (code, found) = (&pass.codes[depth], &pass.found[depth - 1]);
    let pairs = || code.iter().zip(found).map(|(g, x)| (f64::from(*g), f64::from(*x)));
    let sd = top.noise.sqrt();
    let on_error = mean_where(pairs().filter(|(g, _)| *g > 0.0).map(|(g, x)| (x - g) * (x - g)));
    let larger = |a: f64, b: f64| if b > a || b.is_nan() { b } else { a };
    let sup = pairs().map(|(g, x)| (x - top.gain * g).abs() / sd).fold(0.0, larger);
    let mut order: Vec<usize> = (0..code.len()).collect();
    order.sort_by(|a, b| found[*b].total_cmp(&found[*a]));
    let support = code.iter().filter(|g| **g > 0.0).count();
    let hits = order[..support].iter().filter(|i| code[**i] > 0.0).count();
    let largest = code.iter().fold(0.0_f32, |a, b| a.max(*b));
    let correct = f64::from(code[order[0]] == largest);
    let energy =
        |cut: f64| mean_where(off_support(found, code).map(|x| (x - cut).max(0.0).powi(2)));
    let energies = (energy(offset * sd), energy(0.0));
    [on_error, sup, hits as f64 / support as f64, correct, energies.0, energies.1]
}

/// The decomposition (24), (25) of the proof of Theorem C.2, for two layers or more: share of the active units of layer L − 1
/// that inference silences; mean squared image of the true layer L − 1 off the support, and its error on it; mean squared image off the
/// support of the kept units' linear noise; slope on the top code of the image of `h̃ − ĥ`.
pub fn steps(draw: &Draw, pass: &Pass) -> [f64; 5] {
    let depth = pass.found.len();
    let (hidden, top) = (&pass.codes[depth - 1], &pass.codes[depth]);
    let (linear, output) = (&pass.found[depth - 2], &pass.outputs[depth - 2]);
    let kept = &pass.kept[depth - 1];
    let matrix = &draw.matrices[depth - 2];
    let on_kept = |f: &dyn Fn(usize) -> f32| -> Vec<f32> {
        (0..hidden.len()).map(|i| if kept[i] { f(i) } else { 0.0 }).collect()
    };
    let image = |x: &[f32]| transposed_product(matrix, x, top.len());
    let direct = image(hidden);
    let noise = image(&on_kept(&|i| linear[i] - hidden[i]));
    let shift = image(&on_kept(&|i| output[i] - linear[i]));
    let active = hidden.iter().zip(output).filter(|(h, _)| **h > 0.0);
    let loss = mean_where(active.map(|(_, out)| f64::from(*out <= 0.0)));
    let on = direct.iter().zip(top).filter(|(_, g)| **g > 0.0);
    [
        loss,
        mean_where(off_support(&direct, top).map(|x| x * x)),
        mean_where(on.map(|(x, g)| f64::from(x - g).powi(2))),
        mean_where(off_support(&noise, top).map(|x| x * x)),
        inner(&shift, top) / inner(top, top),
    ]
}

fn off_support<'a>(found: &'a [f32], code: &'a [f32]) -> impl Iterator<Item = f64> + 'a {
    found.iter().zip(code).filter(|(_, h)| **h == 0.0).map(|(x, _)| f64::from(*x))
}
