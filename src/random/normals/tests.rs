use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::random::{Stream, StreamKey};
use crate::simd::{Unit, run_on};

/// Error probability of each statistical check: the seeds are fixed, so that a check either always
/// passes or shows an error.
const ALPHA: f64 = 1e-6;
/// Two-sided normal quantile of `ALPHA` (mpmath).
const Z: f64 = 4.891_638_475_7;
/// Two-sided normal quantile of `ALPHA`/1000, for tables of up to a thousand checks (mpmath).
const Z_MANY: f64 = 6.109_410_204_9;
const N: usize = 1 << 20;

fn stream(trial: u64) -> Stream {
    StreamKey::derive(20, "normals", "{}").trial(trial)
}

fn counting_key() -> [u8; 32] {
    std::array::from_fn(|i| i as u8)
}

fn doubles(seed: Seed, group: u64, count: usize) -> Vec<f64> {
    let mut out = vec![0.0; count * GROUP_F64];
    FillF64 { seed, group, out: &mut out }.run();
    out
}

fn singles(seed: Seed, group: u64, count: usize) -> Vec<f32> {
    let mut out = vec![0.0; count * GROUP_F32];
    FillF32 { seed, group, out: &mut out }.run();
    out
}

/// From a separate implementation, in Python, of ChaCha8 and, in 40 digits of mpmath, of the map.
/// If these change, every sampled number changes: raise the version in the stream's key.
#[test]
fn golden() {
    let seed = Seed::new(&counting_key(), 7);
    let at = [0, 1, 63, 64, 127];
    let expected = [
        (
            0,
            [
                -1.162_161_144_382_754_2,
                0.028_447_799_638_359_919,
                0.851_462_592_975_799_67,
                -3.216_998_824_088_224_4,
                1.545_837_852_868_022_1,
            ],
        ),
        (
            3,
            [
                0.137_081_467_054_772_65,
                -3.149_684_816_423_355_7,
                -0.100_576_089_956_677_58,
                1.301_418_408_873_419_9,
                0.869_992_894_925_025_6,
            ],
        ),
    ];
    for (group, values) in expected {
        let drawn = doubles(seed, group, 1);
        for (i, x) in at.into_iter().zip(values) {
            assert!((drawn[i] / x - 1.0).abs() < 2e-15, "{group} {i}: {} {x}", drawn[i]);
        }
    }
    let at = [0, 1, 127, 128, 255];
    let expected = [
        (0, [-0.270_719_537, 0.989_440_674, 0.532_797_461, 0.407_432_552, -0.366_714_079]),
        (2, [-1.549_474_91, -1.357_656_11, -0.911_053_489, 0.269_945_771, -1.466_407_89]),
    ];
    for (group, values) in expected {
        let drawn = singles(seed, group, 1);
        for (i, x) in at.into_iter().zip(values) {
            assert!((f64::from(drawn[i]) / x - 1.0_f64).abs() < 4e-7, "{group} {i}: {x}");
        }
    }
}

/// The words are those of another crate's ChaCha8; logarithm, sine and cosine those of `libm`.
#[test]
fn normals_are_box_muller_on_the_keystream() {
    let quarter = std::f64::consts::FRAC_PI_2;
    let mut reference = ChaCha8Rng::from_seed(counting_key());
    reference.set_stream(u64::MAX - 5);
    let seed = Seed::new(&counting_key(), u64::MAX - 5);
    let group = 1 << 30;
    let mut words = |first: u64| {
        reference.set_word_pos(u128::from(first + 16 * group) * 16);
        let stream: Vec<u32> = (0..256).map(|_| reference.next_u32()).collect();
        (0..256).map(move |i| stream[(i % 16) * 16 + i / 16]).collect::<Vec<_>>()
    };
    let w: Vec<u64> = words(FIRST_F64)
        .chunks(2)
        .map(|pair| u64::from(pair[0]) | u64::from(pair[1]) << 32)
        .collect();
    let drawn = doubles(seed, group, 1);
    for i in 0..64 {
        let u = ((w[i] >> 12) as f64 + 0.5) / 2_f64.powi(52);
        let turn = ((w[64 + i] << 2 >> 12) as f64 + 0.5) / 2_f64.powi(52) - 0.5;
        let angle = quarter * ((w[64 + i] >> 62) as f64 + turn);
        let radius = (-2.0 * libm::log(u)).sqrt();
        assert!((drawn[i] - radius * libm::cos(angle)).abs() < 5e-15);
        assert!((drawn[64 + i] - radius * libm::sin(angle)).abs() < 5e-15);
    }
    let w = words(FIRST_F32);
    let drawn = singles(seed, group, 1);
    for i in 0..128 {
        let u = (f64::from(w[i] >> 1) + 0.5) / 2_f64.powi(31);
        let turn = f64::from((w[128 + i] << 2) as i32) / 2_f64.powi(32);
        let angle = quarter * (f64::from(w[128 + i] >> 30) + turn);
        let radius = (-2.0 * libm::log(u)).sqrt();
        assert!((f64::from(drawn[i]) - radius * libm::cos(angle)).abs() < 2e-6);
        assert!((f64::from(drawn[128 + i]) - radius * libm::sin(angle)).abs() < 2e-6);
    }
}

/// Radii and angles out to the last word, where no sample of a test would come.
#[test]
fn the_map_is_right_in_the_tails() {
    let far = |k: u64| pair_f64(k << 12, 1 << 61).0;
    for k in (0..400).chain((1..40).map(|shift| 1 << shift)) {
        let exact = (-2.0 * libm::log((k as f64 + 0.5) / 2_f64.powi(52))).sqrt();
        // f = ½ 2⁻⁵²: on the axis.
        assert!((far(k) / exact - 1.0).abs() < 1e-15, "{k}: {}", far(k));
    }
    assert!((pair_f64(0, 0).0.hypot(pair_f64(0, 0).1) - 8.571_674_348_652_905).abs() < 1e-14);
    assert!((pair_f32(0, 0).0 - 6.660_437_f32).abs() < 1e-6);
    // Smallest radius: u next to 1.
    let (x, y) = pair_f64(u64::MAX, 0);
    assert!((x.hypot(y) / 2_f64.powi(-26) - 1.0).abs() < 1e-7, "{}", x.hypot(y));
    let (x, y) = pair_f32(u32::MAX, u32::MAX);
    assert!(x == 0.0 && y == 0.0);
    for bits in 0..4096_u32 {
        let (u, w) = (bits.wrapping_mul(0x9e37_79b9), bits.wrapping_mul(0x85eb_ca6b));
        let (x, y) = pair_f32(u, w);
        assert!(x.is_finite() && y.is_finite() && x.abs() < 6.7 && y.abs() < 6.7);
    }
}

#[test]
fn every_vector_unit_gives_the_same_bytes() {
    let seed = Seed::new(&counting_key(), 99);
    let (expected64, expected32) = (doubles(seed, 5, 9), singles(seed, 5, 9));
    for unit in Unit::available() {
        let mut out = vec![0.0; 9 * GROUP_F64];
        run_on(unit, FillF64 { seed, group: 5, out: &mut out }).unwrap();
        assert!(out.iter().zip(&expected64).all(|(x, y)| x.to_bits() == y.to_bits()), "{unit:?}");
        let mut out = vec![0.0; 9 * GROUP_F32];
        run_on(unit, FillF32 { seed, group: 5, out: &mut out }).unwrap();
        assert!(out.iter().zip(&expected32).all(|(x, y)| x.to_bits() == y.to_bits()), "{unit:?}");
    }
}

#[test]
fn portions_and_other_draws_make_no_difference() {
    let mut whole = vec![0.0; 2000];
    stream(0).fill_normal(&mut whole);
    let mut whole32 = vec![0.0; 2000];
    stream(0).fill_normal_f32(&mut whole32);
    let mut cut = stream(0);
    let (mut parts, mut parts32) = (Vec::new(), Vec::new());
    for size in [1, 0, 2, 127, 128, 129, 1, 255, 256, 300, 7, 400] {
        let mut part = vec![0.0; size];
        cut.fill_normal(&mut part);
        parts.extend(part);
        cut.bits();
        let mut part = vec![0.0; size];
        cut.fill_normal_f32(&mut part);
        parts32.extend(part);
        cut.normal();
    }
    assert_eq!(parts, whole[..parts.len()]);
    assert_eq!(parts32, whole32[..parts32.len()]);
    let (mut plain, mut with_bulk) = (stream(1), stream(1));
    with_bulk.fill_normal(&mut whole);
    assert_eq!(plain.bits(), with_bulk.bits());
}

#[test]
fn moments_up_to_the_eighth() {
    let mut values = vec![0.0; N];
    stream(2).fill_normal(&mut values);
    let mut values32 = vec![0.0_f32; N];
    stream(2).fill_normal_f32(&mut values32);
    let double_factorial = |k: i32| (1..k).step_by(2).map(f64::from).product::<f64>();
    let moment = |k: i32| if k % 2 == 0 { double_factorial(k) } else { 0.0 };
    let wide: Vec<f64> = values32.iter().map(|&x| f64::from(x)).collect();
    for values in [&values, &wide] {
        for k in 1..=8 {
            let mean = values.iter().map(|x| x.powi(k)).sum::<f64>() / N as f64;
            let deviation = ((moment(2 * k) - moment(k) * moment(k)) / N as f64).sqrt();
            assert!((mean - moment(k)).abs() < Z * deviation, "moment {k}: {mean}");
        }
    }
}

/// Kolmogorov–Smirnov with Massart's bound P(D > t) ≤ 2 exp(−2Nt²).
#[test]
fn the_law_is_normal() {
    let mut values = vec![0.0; N];
    stream(3).fill_normal(&mut values);
    let mut values32 = vec![0.0_f32; N];
    stream(3).fill_normal_f32(&mut values32);
    let threshold = ((2.0 / ALPHA).ln() / (2.0 * N as f64)).sqrt();
    for mut values in [values, values32.iter().map(|&x| f64::from(x)).collect()] {
        values.sort_by(f64::total_cmp);
        let distance = values.iter().enumerate().fold(0.0_f64, |d, (i, &x)| {
            let f = 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
            d.max(f - i as f64 / N as f64).max((i + 1) as f64 / N as f64 - f)
        });
        assert!(distance < threshold, "{distance} > {threshold}");
    }
}

/// Values and squares, at lags over more than a group: neighbours, lanes, and the two of a pair.
#[test]
fn no_lag_is_correlated() {
    let mut values = vec![0.0; N];
    stream(4).fill_normal(&mut values);
    let squares: Vec<f64> = values.iter().map(|x| x * x - 1.0).collect();
    for lag in 1..=300 {
        let count = (N - lag) as f64;
        for (x, variance) in [(&values, 1.0), (&squares, 4.0)] {
            let sum: f64 = x.iter().zip(&x[lag..]).map(|(a, b)| a * b).sum();
            assert!(sum.abs() < Z_MANY * variance * count.sqrt(), "lag {lag}: {sum}");
        }
    }
}

/// Each bit of the rank Φ(z) is a fair coin, alone and against each bit of the next and of the partner.
#[test]
fn bits_of_ranks_are_fair_coins() {
    let mut values = vec![0.0; N / 4];
    stream(5).fill_normal(&mut values);
    let rank = |x: &f64| {
        let p = 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2);
        (p * 4_294_967_296.0) as u32
    };
    let ranks: Vec<u32> = values.iter().map(rank).collect();
    let check = |ones: u32, count: usize, name: &str| {
        let z = (f64::from(ones) - 0.5 * count as f64) / (0.25 * count as f64).sqrt();
        assert!(z.abs() < Z_MANY, "{name}: {z}");
    };
    for bit in 8..32 {
        let ones = ranks.iter().map(|r| r >> bit & 1).sum();
        check(ones, ranks.len(), "one bit");
        for lag in [1, GROUP_F64 / 2] {
            for turn in [0, 1, 5, 11] {
                let pairs = ranks.iter().zip(&ranks[lag..]);
                let ones = pairs.map(|(a, b)| (a ^ b.rotate_left(turn)) >> bit & 1).sum();
                check(ones, ranks.len() - lag, "two bits");
            }
        }
    }
}
