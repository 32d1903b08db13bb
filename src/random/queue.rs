//! A sequence that is made in groups of `N` and taken in any portions.

/// What is left of the last group, and the number of the next.
#[derive(Debug)]
pub struct Queue<T, const N: usize> {
    /// Allocated by the first portion that leaves a rest.
    rest: Option<Box<[T; N]>>,
    used: usize,
    group: u64,
}

impl<T: Copy + Default, const N: usize> Queue<T, N> {
    /// Nothing made yet.
    pub const fn new() -> Self {
        Self { rest: None, used: N, group: 0 }
    }

    /// Fills the slice with what comes next. `make` fills whole groups, the first of the number given.
    pub fn fill(&mut self, mut out: &mut [T], make: impl Fn(u64, &mut [T])) {
        if let Some(rest) = &self.rest {
            let taken = out.len().min(N - self.used);
            let (now, later) = out.split_at_mut(taken);
            now.copy_from_slice(&rest[self.used..self.used + taken]);
            self.used += taken;
            out = later;
        }
        let (whole, part) = out.split_at_mut(out.len() - out.len() % N);
        if !whole.is_empty() {
            make(self.group, whole);
            self.group += (whole.len() / N) as u64;
        }
        if !part.is_empty() {
            let rest = self.refill(make);
            part.copy_from_slice(&rest[..part.len()]);
            self.used = part.len();
        }
    }

    fn refill(&mut self, make: impl Fn(u64, &mut [T])) -> &[T; N] {
        let rest = self.rest.get_or_insert_with(|| Box::new([T::default(); N]));
        make(self.group, &mut rest[..]);
        self.group += 1;
        rest
    }
}
