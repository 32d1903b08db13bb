//! Normals in bulk: Box–Muller on the ChaCha8 keystream, written so that it runs at vector speed.
//!
//! The normals of a stream are a sequence of their own, made of the keystream (same key, same nonce) from block
//! 2⁶³ on (double precision) or 2⁶³ + 2⁶² on (single precision); what else is drawn does not move it. A
//! group is 16 consecutive blocks, one a vector lane. Two words, u and w, give two normals r cos θ, r sin θ with
//! r = √(−2 ln u) and θ = (π/2)(k + f), k the top two bits of w and f ∈ [−½, ½) the others. Logarithm,
//! sine and cosine are polynomials of our own: within a few units of the last place, and, since only
//! additions, multiplications, divisions and square roots take part, the same bytes everywhere.
//!
//! Tails: u is at least 2⁻⁵³ (double) or 2⁻³² (single), so that normals reach 8.57 or 6.66, beyond
//! which the law has 1e-17 or 3e-11.

use crate::simd::Kernel;

/// Blocks of a group.
const LANES: usize = 16;
/// Doubles in a group.
pub const GROUP_F64: usize = 8 * LANES;
/// Singles in a group.
pub const GROUP_F32: usize = 16 * LANES;
/// First block of the keystream that makes doubles.
const FIRST_F64: u64 = 1 << 63;
/// First block of the keystream that makes singles.
const FIRST_F32: u64 = 3 << 62;

/// ChaCha's key and nonce.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    key: [u32; 8],
    nonce: [u32; 2],
}

impl Seed {
    /// From the bytes of the key and the number of the stream.
    pub fn new(key: &[u8; 32], stream: u64) -> Self {
        let word = |i: usize| u32::from_le_bytes(std::array::from_fn(|j| key[4 * i + j]));
        Self { key: std::array::from_fn(word), nonce: [stream as u32, (stream >> 32) as u32] }
    }
}

/// Fills whole groups with doubles, from group `group` on.
pub struct FillF64<'a> {
    /// Whose keystream.
    pub seed: Seed,
    /// Number of the first group.
    pub group: u64,
    /// What is filled: a multiple of [`GROUP_F64`].
    pub out: &'a mut [f64],
}

/// Fills whole groups with singles, from group `group` on.
pub struct FillF32<'a> {
    /// Whose keystream.
    pub seed: Seed,
    /// Number of the first group.
    pub group: u64,
    /// What is filled: a multiple of [`GROUP_F32`].
    pub out: &'a mut [f32],
}

impl Kernel for FillF64<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut words = [0; 16 * LANES];
        let first = FIRST_F64 + LANES as u64 * self.group;
        for (i, out) in self.out.chunks_exact_mut(GROUP_F64).enumerate() {
            keystream(&self.seed, first + (LANES * i) as u64, &mut words);
            // Neighbouring words make one of 64 bits: a plain load.
            let join = |pair: &[u32; 2]| u64::from(pair[0]) | u64::from(pair[1]) << 32;
            let (pairs, _) = words.as_chunks();
            let (radii, angles) = pairs.split_at(GROUP_F64 / 2);
            let (cosines, sines) = out.split_at_mut(GROUP_F64 / 2);
            for (((u, w), c), s) in radii.iter().zip(angles).zip(cosines).zip(sines) {
                (*c, *s) = pair_f64(join(u), join(w));
            }
        }
    }
}

impl Kernel for FillF32<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut words = [0; 16 * LANES];
        let first = FIRST_F32 + LANES as u64 * self.group;
        for (i, out) in self.out.chunks_exact_mut(GROUP_F32).enumerate() {
            keystream(&self.seed, first + (LANES * i) as u64, &mut words);
            let (radii, angles) = words.split_at(GROUP_F32 / 2);
            let (cosines, sines) = out.split_at_mut(GROUP_F32 / 2);
            for (((u, w), c), s) in radii.iter().zip(angles).zip(cosines).zip(sines) {
                (*c, *s) = pair_f32(*u, *w);
            }
        }
    }
}

/// The blocks of a group: word `j` of lane `i` at `16 j + i`.
#[inline(always)]
fn keystream(seed: &Seed, first: u64, words: &mut [u32; 16 * LANES]) {
    for lane in 0..LANES {
        let x = chacha8(seed, first + lane as u64);
        for j in 0..16 {
            words[j * LANES + lane] = x[j];
        }
    }
}

/// A block of ChaCha8. One lane's work: the loop over lanes becomes one over vectors, so nothing here
/// may be a loop that the compiler keeps.
#[inline(always)]
fn chacha8(seed: &Seed, block: u64) -> [u32; 16] {
    let [k0, k1, k2, k3, k4, k5, k6, k7] = seed.key;
    let [n0, n1] = seed.nonce;
    let (c0, c1) = (block as u32, (block >> 32) as u32);
    // "expand 32-byte k"
    let [s0, s1, s2, s3] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];
    let start = [s0, s1, s2, s3, k0, k1, k2, k3, k4, k5, k6, k7, c0, c1, n0, n1];
    let x = double_round(double_round(double_round(double_round(start))));
    std::array::from_fn(|i| x[i].wrapping_add(start[i]))
}

#[inline(always)]
fn double_round(mut x: [u32; 16]) -> [u32; 16] {
    quarter_round(&mut x, 0, 4, 8, 12);
    quarter_round(&mut x, 1, 5, 9, 13);
    quarter_round(&mut x, 2, 6, 10, 14);
    quarter_round(&mut x, 3, 7, 11, 15);
    quarter_round(&mut x, 0, 5, 10, 15);
    quarter_round(&mut x, 1, 6, 11, 12);
    quarter_round(&mut x, 2, 7, 8, 13);
    quarter_round(&mut x, 3, 4, 9, 14);
    x
}

#[inline(always)]
fn quarter_round(x: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
    x[a] = x[a].wrapping_add(x[b]);
    x[d] = (x[d] ^ x[a]).rotate_left(16);
    x[c] = x[c].wrapping_add(x[d]);
    x[b] = (x[b] ^ x[c]).rotate_left(12);
    x[a] = x[a].wrapping_add(x[b]);
    x[d] = (x[d] ^ x[a]).rotate_left(8);
    x[c] = x[c].wrapping_add(x[d]);
    x[b] = (x[b] ^ x[c]).rotate_left(7);
}

/// Two doubles from two words.
#[inline(always)]
fn pair_f64(u: u64, w: u64) -> (f64, f64) {
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const HALF_STEP: f64 = f64::EPSILON / 2.0;
    // (k + ½) 2⁻⁵², exactly.
    let uniform = f64::from_bits(ONE | (u >> 12)) - (1.0 - HALF_STEP);
    let radius = minus_two_ln_f64(uniform).sqrt();
    let turn = (f64::from_bits(ONE | ((w << 2) >> 12)) - 1.5) + HALF_STEP;
    let z = turn * turn;
    let sine = radius * turn * polynomial_f64(z, SIN_F64);
    let cosine = radius * polynomial_f64(z, COS_F64);
    let odd = w & (1 << 62) != 0;
    let (first, second) = (if odd { sine } else { cosine }, if odd { cosine } else { sine });
    let sign = 1 << 63;
    let first = f64::from_bits(first.to_bits() ^ ((w ^ (w << 1)) & sign));
    (first, f64::from_bits(second.to_bits() ^ (w & sign)))
}

/// Two singles from two words.
#[inline(always)]
fn pair_f32(u: u32, w: u32) -> (f32, f32) {
    // (k + ½) 2⁻³¹, rounded to 24 bits; 1 gives two zeros.
    let uniform = ((u >> 1) as i32 as f32 + 0.5) * f32::from_bits((127 - 31) << 23);
    let radius = minus_two_ln_f32(uniform).sqrt();
    let turn = (w << 2) as i32 as f32 * f32::from_bits((127 - 32) << 23);
    let z = turn * turn;
    let sine = radius * turn * polynomial_f32(z, SIN_F32);
    let cosine = radius * polynomial_f32(z, COS_F32);
    let odd = w & (1 << 30) != 0;
    let (first, second) = (if odd { sine } else { cosine }, if odd { cosine } else { sine });
    let sign = 1 << 31;
    let first = f32::from_bits(first.to_bits() ^ ((w ^ (w << 1)) & sign));
    (first, f32::from_bits(second.to_bits() ^ (w & sign)))
}

/// −2 ln u for a normal number u > 0: u = 2^e m with m ∈ [√½, √2), ln m = 2 artanh((m−1)/(m+1)).
#[inline(always)]
fn minus_two_ln_f64(u: f64) -> f64 {
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
    let bits = u.to_bits();
    let biased = (bits + (ONE - ROOT_HALF)) >> 52;
    // An integer below 2⁵² in the last places of 2⁵².
    let exponent =
        f64::from_bits(0x4330_0000_0000_0000 | biased) - (4_503_599_627_370_496.0 + 1023.0);
    let f = f64::from_bits(bits.wrapping_add(ONE).wrapping_sub(biased << 52)) - 1.0;
    let s = f / (2.0 + f);
    exponent * (-2.0 * std::f64::consts::LN_2) + s * polynomial_f64(s * s, LN_F64)
}

/// −2 ln u for a normal number 0 < u ≤ 1, as in double precision but with a polynomial in m − 1.
#[inline(always)]
fn minus_two_ln_f32(u: f32) -> f32 {
    const ROOT_HALF: u32 = 0x3f35_04f3;
    let bits = u.to_bits();
    // 2²³ e; the scale is exact.
    let shift = bits.wrapping_sub(ROOT_HALF) & 0xff80_0000;
    let exponent = shift as i32 as f32;
    let f = f32::from_bits(bits.wrapping_sub(shift)) - 1.0;
    exponent * (-std::f32::consts::LN_2 / 4_194_304.0) + f * polynomial_f32(f, LN_F32)
}

/// Horner's scheme, coefficients from the constant up.
#[inline(always)]
fn polynomial_f64<const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    let lower = coefficients[..N - 1].iter().rev();
    lower.fold(coefficients[N - 1], |sum, c| sum * x + c)
}

#[inline(always)]
fn polynomial_f32<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let lower = coefficients[..N - 1].iter().rev();
    lower.fold(coefficients[N - 1], |sum, c| sum * x + c)
}

// From interpolation at Chebyshev nodes, in 50 digits; relative errors beside.

/// sin(πf/2)/f in f² ≤ ¼: 5e-18.
const SIN_F64: [f64; 7] = [
    1.570_796_326_794_896_6,
    -0.645_964_097_506_244_3,
    0.079_692_626_246_043_01,
    -0.004_681_754_132_340_976,
    0.000_160_441_150_742_190_9,
    -3.598_643_352_982_31e-6,
    5.633_933_781_537_854e-8,
];
/// cos(πf/2) in f² ≤ ¼: 2e-19.
const COS_F64: [f64; 8] = [
    1.0,
    -1.233_700_550_136_169_7,
    0.253_669_507_901_047_8,
    -0.020_863_480_763_340_773,
    0.000_919_260_274_546_844_7,
    -2.520_203_902_802_917_8e-5,
    4.710_678_405_505_227e-7,
    -6.329_396_344_967_424e-9,
];
/// −4 artanh(s)/s in s² ≤ 0.0295: 5e-18.
const LN_F64: [f64; 8] = [
    -4.0,
    -1.333_333_333_333_334,
    -0.799_999_999_997_990_1,
    -0.571_428_572_519_509_7,
    -0.444_444_222_695_901_6,
    -0.363_657_782_505_244_34,
    -0.306_634_432_011_120_84,
    -0.292_328_993_700_868_1,
];
/// As in double precision: 3e-9.
const SIN_F32: [f32; 4] = [1.570_796_3, -0.645_963_5, 0.079_680_22, -0.004_602_149];
/// As in double precision: 3e-10.
const COS_F32: [f32; 5] = [1.0, -1.233_700_5, 0.253_669_4, -0.020_861_53, 0.000_906_739_9];
/// −2 ln(1 + f)/f on [√½ − 1, √2 − 1]: 2e-8.
const LN_F32: [f32; 10] = [
    -2.0,
    1.0,
    -0.666_666_6,
    0.500_006_14,
    -0.400_020_9,
    0.332_825_63,
    -0.284_289_92,
    0.259_963_67,
    -0.252_446_4,
    0.158_054_88,
];

#[cfg(test)]
mod tests;
