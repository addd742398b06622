//! Texts that were made before, for requests that come again.
//!
//! A load test sends the same request many times, and its answer follows from request and seed: it
//! is worth remembering what it took to make it. Nothing is found here that would not be made again
//! byte for byte; the only part that changes, the second of its creation, is looked at as well.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};

use crate::script::Frame;
use crate::text::{Answer, Frames, Prompt};

/// What the model said to a prompt, and its healthy frames.
#[derive(Debug)]
pub(crate) struct Spoken {
    pub(crate) prompt: Prompt,
    pub(crate) created: u64,
    pub(crate) answers: Vec<Answer>,
    pub(crate) frames: Frames,
}

impl Spoken {
    pub(crate) fn output_tokens(&self) -> u64 {
        self.answers.iter().map(|answer| answer.output_tokens).sum()
    }

    /// Bytes of memory, roughly: what is not text is counted with what it takes around it.
    fn weight(&self, request: usize) -> usize {
        let pieces = self.answers.iter().flat_map(|answer| &answer.blocks);
        let pieces: usize = pieces.flat_map(|block| block.pieces()).count();
        let frames: usize = self.frames.iter().map(|frame| frame.bytes.len()).sum();
        4 * request + 64 * pieces + frames + 64 * self.frames.len() + 1024
    }

    /// The same with all frames in one piece of memory, which copies and keeps better.
    fn joined(mut self) -> Self {
        let length = self.frames.iter().map(|frame| frame.bytes.len()).sum();
        let mut all = BytesMut::with_capacity(length);
        for frame in &self.frames {
            all.extend_from_slice(&frame.bytes);
        }
        let mut all: Bytes = all.freeze();
        let cut = |Frame { bytes, kind }| Frame {
            bytes: all.split_to(Bytes::len(&bytes)),
            kind,
        };
        self.frames = self.frames.into_iter().map(cut).collect();
        self
    }
}

/// Above this many bytes all is forgotten, and remembered anew.
const MOST: usize = 8 << 20;
/// So many requests are known by their hash alone until they come again: most never do.
const SEEN: usize = 1 << 12;

/// What was spoken lately, by the hash of the request.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    state: Mutex<Remembered>,
}

#[derive(Debug, Default)]
struct Remembered {
    by_hash: HashMap<u64, Arc<Spoken>>,
    weight: usize,
    /// Hashes seen lately, each at the place of its low bits; empty before the first.
    seen: Vec<u64>,
}

impl Remembered {
    /// Whether it was seen lately; from now on it was.
    fn sees_again(&mut self, hash: u64) -> bool {
        self.seen.resize(SEEN, 0);
        let place = usize::try_from(hash % SEEN as u64).unwrap_or(0);
        std::mem::replace(&mut self.seen[place], hash) == hash
    }
}

impl Memory {
    pub(crate) fn find(&self, hash: u64) -> Option<Arc<Spoken>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.by_hash.get(&hash).cloned()
    }

    /// Remembers it for requests of that hash, whose body has `request` bytes, if this is not the
    /// first one.
    pub(crate) fn keep(&self, hash: u64, spoken: Spoken, request: usize) -> Arc<Spoken> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.sees_again(hash) {
            return Arc::new(spoken);
        }
        drop(state);
        let spoken = Arc::new(spoken.joined());
        let weight = spoken.weight(request);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = state.by_hash.remove(&hash) {
            state.weight = state.weight.saturating_sub(before.weight(request));
        }
        if state.weight + weight > MOST {
            state.by_hash.clear();
            state.weight = 0;
        }
        if weight <= MOST {
            state.weight += weight;
            state.by_hash.insert(hash, Arc::clone(&spoken));
        }
        spoken
    }
}
