//! BIL-006: which row belongs to which request.
//!
//! By the request's id where both have it. What is left over is matched by model, counts and time:
//! first rows that fit exactly, then, so that as few as possible stay alone, rows that fit but for
//! their counts, along augmenting paths. Nothing is guessed: requests that could as well have had
//! another row, which tells something else, are told as ambiguous, and so are the keys whose sums
//! rest on which of them is taken.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

/// What a row and a request share. What is not told fits everything in the second step only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub(super) struct Attributes {
    /// Index of the model's name.
    pub(super) model: u32,
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
    /// Pictures or seconds.
    pub(super) units: Option<u64>,
}

/// A request that may have a row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Request {
    /// Of the target's id of it; 0: not known.
    pub(super) id: u64,
    pub(super) attributes: Attributes,
    /// Its row was written within these Unix seconds.
    pub(super) from: i64,
    pub(super) to: i64,
    /// What it says that it cost.
    pub(super) told: Option<i64>,
    /// Whether it must have a row.
    pub(super) must: bool,
    /// Whether it may be given a row by its attributes.
    pub(super) is_open: bool,
    /// Whether its row may bear another id than the one that is known.
    pub(super) has_other_ids: bool,
    /// Number of the key that it was sent with.
    pub(super) key: u8,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Listed {
    pub(super) id: u64,
    pub(super) attributes: Attributes,
    pub(super) at: Option<i64>,
    pub(super) charge: i64,
}

/// Who belongs to whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Matching {
    /// For each row, its request.
    pub(super) owners: Vec<Option<u32>>,
    /// Rows that repeat one that has an owner.
    pub(super) doubles: Vec<u32>,
    /// Rows that belong to nobody.
    pub(super) orphans: Vec<u32>,
    /// Requests that could as well have had another row.
    pub(super) ambiguous: BTreeSet<u32>,
    /// Keys of requests of which some could as well have had the row of another key's.
    pub(super) unsure_keys: BTreeSet<u8>,
    /// Rows matched by the ids of their requests.
    pub(super) by_id: u64,
}

/// Pairs left over, above which no further paths are looked for, and how long one may be.
const MOST_LEFT: usize = 4_000_000;
const LONGEST_PATH: u32 = 500;

pub(super) fn matched(requests: &[Request], rows: &[Listed]) -> Matching {
    let mut matching = Matching {
        owners: vec![None; rows.len()],
        ..Matching::default()
    };
    let mut rows_of: Vec<Option<u32>> = vec![None; requests.len()];
    matching.match_ids(requests, rows, &mut rows_of);
    let tells_ids = matching.by_id > 0;
    let is_left =
        |row: &u32| matching.owners[index(*row)].is_none() && !matching.doubles.contains(row);
    let left: Vec<u32> = (0..number(rows.len())).filter(is_left).collect();
    // Where rows tell ids that we know, a request with one has no row under another.
    let is_open = |request: &u32| {
        let one = &requests[index(*request)];
        let is_told = tells_ids && one.id != 0 && !one.has_other_ids;
        one.is_open && !is_told && rows_of[index(*request)].is_none()
    };
    let mut open: Vec<u32> = (0..number(requests.len())).filter(is_open).collect();
    // Those first that must have a row.
    open.sort_by_key(|request| !requests[index(*request)].must);
    let told = |one: &Request| Some((one.attributes.model, one.told?));
    let costs = |row: &Listed| (row.attributes.model, row.charge);
    matching.match_exactly(
        (requests, told),
        (rows, costs),
        (&open, &left),
        &mut rows_of,
    );
    let asked = |one: &Request| Some(one.attributes);
    let counts = |row: &Listed| row.attributes;
    matching.match_exactly(
        (requests, asked),
        (rows, counts),
        (&open, &left),
        &mut rows_of,
    );
    matching.match_loosely(requests, rows, (&open, &left), &mut rows_of);
    matching.tell_the_rest(rows, &left);
    matching
}

fn index(number: u32) -> usize {
    number as usize
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("a run has less than four billion requests and rows")
}

fn is_within(request: &Request, row: &Listed) -> bool {
    row.at
        .is_none_or(|at| (request.from..=request.to).contains(&at))
}

/// Whether a row may be a request's, whatever they count.
fn is_alike(request: &Request, row: &Listed) -> bool {
    request.attributes.model == row.attributes.model && is_within(request, row)
}

impl Matching {
    /// Takes down that any of these requests could have had the row of any other.
    fn tell_ambiguous(&mut self, requests: &[Request], which: &[u32]) {
        let keys = which.iter().map(|one| requests[index(*one)].key);
        let keys: BTreeSet<u8> = keys.collect();
        if keys.len() > 1 {
            self.unsure_keys.extend(keys);
        }
        self.ambiguous.extend(which);
    }

    fn match_ids(&mut self, requests: &[Request], rows: &[Listed], rows_of: &mut [Option<u32>]) {
        let with_id = requests.iter().zip(0_u32..).filter(|(one, _)| one.id != 0);
        let by_id: HashMap<u64, u32> = with_id.map(|(one, at)| (one.id, at)).collect();
        for (row, at) in rows.iter().zip(0_u32..) {
            let Some(owner) = by_id.get(&row.id).filter(|_| row.id != 0) else {
                continue;
            };
            if rows_of[index(*owner)].is_some() {
                self.doubles.push(at);
            } else {
                rows_of[index(*owner)] = Some(at);
                self.by_id += 1;
            }
            self.owners[index(at)] = Some(*owner);
        }
    }

    /// Within a group of equals each row is a moment and each request a span of time, so giving
    /// each row the request whose span ends first leaves out as few as possible.
    fn match_exactly<K: Ord>(
        &mut self,
        (requests, asked): (&[Request], impl Fn(&Request) -> Option<K>),
        (rows, told): (&[Listed], impl Fn(&Listed) -> K),
        (open, left): (&[u32], &[u32]),
        rows_of: &mut [Option<u32>],
    ) {
        let mut groups: BTreeMap<K, (Vec<u32>, Vec<u32>)> = BTreeMap::new();
        for request in open.iter().filter(|one| rows_of[index(**one)].is_none()) {
            if let Some(key) = asked(&requests[index(*request)]) {
                groups.entry(key).or_default().0.push(*request);
            }
        }
        for row in left
            .iter()
            .filter(|row| self.owners[index(**row)].is_none())
        {
            if let Some(group) = groups.get_mut(&told(&rows[index(*row)])) {
                group.1.push(*row);
            }
        }
        for (mut ours, mut theirs) in groups.into_values() {
            ours.sort_by_key(|request| requests[index(*request)].from);
            theirs.sort_by_key(|row| rows[index(*row)].at);
            let charges = theirs.iter().map(|row| rows[index(*row)].charge);
            let are_alike = charges.clone().min() == charges.max();
            if !are_alike || (ours.len() != theirs.len() && !theirs.is_empty()) {
                self.tell_ambiguous(requests, &ours);
            }
            let mut ours = ours.into_iter().peekable();
            let mut ready = BinaryHeap::new();
            for row in theirs {
                let at = rows[index(row)].at;
                while let Some(one) =
                    ours.next_if(|one| at.is_none_or(|at| requests[index(*one)].from <= at))
                {
                    ready.push(Reverse((requests[index(one)].to, one)));
                }
                while let Some(Reverse((to, one))) = ready.pop() {
                    if at.is_none_or(|at| at <= to) {
                        self.owners[index(row)] = Some(one);
                        rows_of[index(one)] = Some(row);
                        break;
                    }
                }
            }
        }
    }

    /// Rows of the same model and time, whatever they count.
    fn match_loosely(
        &mut self,
        requests: &[Request],
        rows: &[Listed],
        (open, left): (&[u32], &[u32]),
        rows_of: &mut [Option<u32>],
    ) {
        let alone: Vec<u32> = left
            .iter()
            .copied()
            .filter(|row| self.owners[index(*row)].is_none())
            .collect();
        let is_waiting = |one: &u32| rows_of[index(*one)].is_none();
        let waiting: Vec<u32> = open.iter().copied().filter(is_waiting).collect();
        if waiting.is_empty() || alone.len().saturating_mul(open.len()) > MOST_LEFT {
            return;
        }
        for row in &alone {
            let mut paths = Paths {
                requests,
                rows,
                open,
                tried: vec![false; requests.len()],
            };
            paths.extend(*row, LONGEST_PATH, (&mut self.owners, rows_of));
        }
        // Nothing but model and time has told whose they are.
        for row in alone {
            let Some(owner) = self.owners[index(row)] else {
                continue;
            };
            let fits = |one: &&u32| is_alike(&requests[index(**one)], &rows[index(row)]);
            // Where a request that had its row gave it up for this one, so may others.
            let is_direct = waiting.contains(&owner);
            let among = if is_direct { &waiting[..] } else { open };
            let fitting: Vec<u32> = among.iter().filter(fits).copied().collect();
            if fitting.len() > 1 {
                self.tell_ambiguous(requests, &fitting);
            }
        }
    }

    fn tell_the_rest(&mut self, rows: &[Listed], left: &[u32]) {
        let owned: HashMap<u64, u32> = self
            .owners
            .iter()
            .zip(rows)
            .filter(|(_, row)| row.id != 0)
            .filter_map(|(owner, row)| Some((row.id, (*owner)?)))
            .collect();
        for row in left {
            if self.owners[index(*row)].is_some() {
                continue;
            }
            match owned.get(&rows[index(*row)].id) {
                Some(owner) => {
                    self.owners[index(*row)] = Some(*owner);
                    self.doubles.push(*row);
                }
                None => self.orphans.push(*row),
            }
        }
    }
}

/// Looks for a way to give one more row a request.
struct Paths<'a> {
    requests: &'a [Request],
    rows: &'a [Listed],
    open: &'a [u32],
    tried: Vec<bool>,
}

impl Paths<'_> {
    fn extend(
        &mut self,
        row: u32,
        longest: u32,
        (owners, rows_of): (&mut [Option<u32>], &mut [Option<u32>]),
    ) -> bool {
        let listed = &self.rows[index(row)];
        let fits = |one: &u32| is_alike(&self.requests[index(*one)], listed);
        // One that is free, before any that is not.
        let is_free = |one: &&u32| rows_of[index(**one)].is_none();
        let free = self.open.iter().filter(is_free).find(|one| fits(one));
        if let Some(one) = free.copied() {
            owners[index(row)] = Some(one);
            rows_of[index(one)] = Some(row);
            return true;
        }
        let open = self.open;
        let taken: Vec<u32> = open.iter().copied().filter(fits).collect();
        for one in taken.into_iter().filter(|_| longest > 0) {
            if std::mem::replace(&mut self.tried[index(one)], true) {
                continue;
            }
            let Some(before) = rows_of[index(one)] else {
                continue;
            };
            if self.extend(before, longest - 1, (&mut *owners, &mut *rows_of)) {
                owners[index(row)] = Some(one);
                rows_of[index(one)] = Some(row);
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(id: u64, model: u32, output: u64, span: (i64, i64)) -> Request {
        Request {
            id,
            attributes: Attributes {
                model,
                output: Some(output),
                ..Attributes::default()
            },
            from: span.0,
            to: span.1,
            must: true,
            is_open: true,
            ..Request::default()
        }
    }

    fn row(id: u64, model: u32, output: u64, at: i64) -> Listed {
        Listed {
            id,
            attributes: request(id, model, output, (0, 0)).attributes,
            at: Some(at),
            charge: i64::try_from(output).unwrap(),
        }
    }

    #[test]
    fn ids_decide_where_they_are_told() {
        let requests = [request(1, 0, 5, (0, 1)), request(2, 0, 5, (0, 1))];
        let rows = [row(2, 9, 1, 99), row(2, 9, 1, 99), row(7, 0, 5, 1)];
        let told = matched(&requests, &rows);
        assert_eq!(told.owners, [Some(1), Some(1), None]);
        assert_eq!(
            (told.doubles, told.orphans, told.by_id),
            (vec![1], vec![2], 1)
        );
    }

    #[test]
    fn a_double_of_a_row_that_was_matched_by_its_attributes_is_a_double() {
        let requests = [request(0, 3, 4, (0, 9))];
        let told = matched(&requests, &[row(8, 3, 4, 5), row(8, 3, 4, 5)]);
        assert_eq!(
            (told.owners, told.doubles),
            (vec![Some(0), Some(0)], vec![1])
        );
    }

    #[test]
    fn a_row_that_counts_wrongly_finds_its_request_by_the_rest() {
        let requests = [request(0, 1, 5, (0, 9)), request(0, 1, 6, (0, 2))];
        let told = matched(&requests, &[row(0, 1, 7, 1), row(0, 1, 5, 8)]);
        assert_eq!(told.owners, [Some(1), Some(0)]);
        assert_eq!(told.orphans, [] as [u32; 0]);
    }

    #[test]
    fn equal_requests_with_unlike_rows_are_ambiguous_and_equal_rows_are_not() {
        let requests = [request(0, 1, 5, (0, 9)), request(0, 1, 5, (0, 9))];
        let mut rows = [row(0, 1, 5, 1), row(0, 1, 5, 2)];
        let ambiguous = |rows: &[Listed]| matched(&requests, rows).ambiguous.len();
        assert_eq!(ambiguous(&rows), 0);
        rows[0].charge += 1;
        assert_eq!(ambiguous(&rows), 2);
        assert_eq!(ambiguous(&rows[..1]), 2);
    }

    #[test]
    fn keys_are_unsure_where_like_requests_of_both_have_unlike_rows() {
        let of = |key: u8, output: u64| Request {
            key,
            ..request(0, 1, output, (0, 9))
        };
        let unsure = |requests: &[Request], rows: &[Listed]| -> Vec<u8> {
            let told = matched(requests, rows);
            assert_eq!(told.owners.iter().flatten().count(), rows.len());
            told.unsure_keys.into_iter().collect()
        };
        let rows = [row(0, 1, 5, 1), row(0, 1, 5, 2)];
        assert_eq!(unsure(&[of(0, 5), of(3, 5)], &rows), [0; 0]);
        let mut dearer = rows;
        dearer[1].charge += 1;
        assert_eq!(unsure(&[of(0, 5), of(3, 5)], &dearer), [0, 3]);
        assert_eq!(unsure(&[of(3, 5), of(3, 5)], &dearer), [0; 0]);
        // One of three has no row.
        assert_eq!(unsure(&[of(0, 5), of(3, 5), of(4, 6)], &rows[..1]), [0, 3]);
        // The counts are wrong: of one row it is told by the other whose it is, of two it is not.
        let one = [row(0, 1, 7, 1), row(0, 1, 6, 2)];
        assert_eq!(unsure(&[of(0, 5), of(3, 6)], &one), [0; 0]);
        let both = [row(0, 1, 7, 1), row(0, 1, 8, 2)];
        assert_eq!(unsure(&[of(0, 5), of(3, 6)], &both), [0, 3]);
    }

    /// The most rows that can be given requests, by trying everything.
    fn most(requests: &[Request], rows: &[Listed], taken: u32) -> usize {
        let Some((row, rest)) = rows.split_first() else {
            return 0;
        };
        let skipped = most(requests, rest, taken);
        let fits = (0..requests.len()).filter(|at| {
            let request = &requests[*at];
            let is_model = request.attributes.model == row.attributes.model;
            taken & (1 << at) == 0 && is_model && is_within(request, row)
        });
        fits.map(|at| 1 + most(requests, rest, taken | (1 << at)))
            .fold(skipped, usize::max)
    }

    proptest! {
        #[test]
        fn as_many_rows_as_possible_are_matched(
            requests in prop::collection::vec((0_u32..2, 0_u64..3, 0_i64..6, 0_i64..4), 0..6),
            rows in prop::collection::vec((0_u32..2, 0_u64..3, 0_i64..10), 0..6),
        ) {
            let requests: Vec<_> = requests
                .into_iter()
                .map(|(model, output, from, long)| request(0, model, output, (from, from + long)))
                .collect();
            let rows: Vec<_> = rows
                .into_iter()
                .map(|(model, output, at)| row(0, model, output, at))
                .collect();
            let told = matched(&requests, &rows);
            let owned = told.owners.iter().flatten().count();
            prop_assert_eq!(owned, most(&requests, &rows, 0));
            let mut owners: Vec<_> = told.owners.iter().flatten().collect();
            owners.sort_unstable();
            owners.dedup();
            prop_assert_eq!(owners.len(), owned, "no request has two rows");
        }
    }
}
