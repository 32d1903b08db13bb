//! Room for large matrices between encoder and decoder: lent, given back and lent again, since fresh memory of that size costs
//! more in page faults than its numbers do.

use std::sync::Mutex;

/// Most bytes that are ever held, lent or waiting.
const MOST: usize = 1 << 30;

/// What waits to be lent, and how many bytes there are in all.
static ROOM: Mutex<Room> = Mutex::new(Room { waiting: Vec::new(), bytes: 0 });

struct Room {
    waiting: Vec<Vec<i16>>,
    bytes: usize,
}

/// Room for a number of entries, until it is dropped.
pub struct Kept {
    entries: Vec<i16>,
    count: usize,
}

impl Kept {
    /// Room for `count` entries; nothing if all that may be held is lent, or would not do.
    pub fn new(count: usize) -> Option<Self> {
        let mut room = ROOM.lock().ok()?;
        if let Some(place) = room.waiting.iter().position(|entries| entries.len() >= count) {
            return Some(Self { entries: room.waiting.swap_remove(place), count });
        }
        // Too small for this net, they would lie idle.
        let idle: usize = room.waiting.drain(..).map(|entries| size(entries.len())).sum();
        room.bytes -= idle;
        if size(count) > MOST - room.bytes {
            return None;
        }
        room.bytes += size(count);
        Some(Self { entries: vec![0; count], count })
    }

    /// The entries.
    pub fn all(&mut self) -> &mut [i16] {
        &mut self.entries[..self.count]
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Ok(mut room) = ROOM.lock() {
            room.waiting.push(std::mem::take(&mut self.entries));
        }
    }
}

fn size(count: usize) -> usize {
    count * size_of::<i16>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_lent_than_may_be_held() {
        assert!(Kept::new(MOST).is_none());
        let mut kept = Kept::new(1000).unwrap();
        assert_eq!(kept.all().len(), 1000);
        kept.all()[999] = 7;
        drop(kept);
        assert!(ROOM.lock().unwrap().bytes <= MOST);
    }
}
