//! An object's members.

use compact_str::CompactString;

use super::Value;

/// Members in the order of the wire.
#[derive(Debug, Clone, Default)]
pub struct Object {
    members: Vec<Member>,
    /// Positions by name, then by place, for an object that cannot be searched through: it is long,
    /// or has a name twice.
    sorted: Box<[u32]>,
}

#[derive(Debug, Clone)]
struct Member {
    tag: u64,
    name: CompactString,
    value: Value,
}

/// Members that there is room for at first.
const USUAL: usize = 8;
/// Members up to which an object is searched through: a response of OpenAI's has some forty.
const FEW: usize = 48;

/// The longest name that its tag holds whole.
const SHORT: usize = 7;

/// Names with different tags are different, which is told without looking at them; short names with
/// the same tag are the same. The length is in the first byte, then the name, or its ends.
#[inline(always)]
pub fn tag(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    let mut tag = [length, 0, 0, 0, 0, 0, 0, 0];
    if let Some(last) = bytes.last_chunk::<4>().filter(|_| bytes.len() > SHORT) {
        tag[1..4].copy_from_slice(&bytes[..3]);
        tag[4..].copy_from_slice(last);
    } else {
        for (to, from) in tag[1..].iter_mut().zip(bytes) {
            *to = *from;
        }
    }
    u64::from_ne_bytes(tag)
}

impl Member {
    #[inline]
    fn is(&self, tag: u64, name: &str) -> bool {
        self.tag == tag && (name.len() <= SHORT || self.name == name)
    }
}

impl Object {
    pub(super) fn new(members: Vec<(CompactString, Value)>) -> Self {
        let mut object = Self::default();
        object.members.reserve_exact(members.len());
        for (name, value) in members {
            object.push(name, value);
        }
        object.finish();
        object
    }

    /// Adds a member; [`Self::finish`] comes after the last one.
    pub(super) fn push(&mut self, name: CompactString, value: Value) {
        let tag = tag(&name);
        if self.members.is_empty() {
            self.members.reserve(USUAL);
        }
        self.members.push(Member { tag, name, value });
    }

    pub(super) fn finish(&mut self) {
        if self.members.len() > FEW || self.repeats() {
            let mut sorted = Vec::new();
            sorted.extend(0..u32::try_from(self.members.len()).unwrap_or(u32::MAX));
            sorted.sort_by_key(|place| &self.members[*place as usize].name);
            self.sorted = sorted.into();
        }
    }

    fn repeats(&self) -> bool {
        let mut rest = self.members.as_slice();
        while let [first, after @ ..] = rest {
            if after.iter().any(|other| other.is(first.tag, &first.name)) {
                return true;
            }
            rest = after;
        }
        false
    }

    /// The member of that name; the last one, where a name is repeated.
    // Inlined, so that the tag of a name that is written in the code is made by the compiler.
    #[inline(always)]
    pub fn get(&self, name: &str) -> Option<&Value> {
        if !self.sorted.is_empty() {
            return self.get_sorted(name);
        }
        let tag = tag(name);
        let mut members = self.members.iter();
        members
            .find(|member| member.is(tag, name))
            .map(|member| &member.value)
    }

    #[inline(never)]
    fn get_sorted(&self, name: &str) -> Option<&Value> {
        let after = self
            .sorted
            .partition_point(|place| self.members[*place as usize].name.as_str() <= name);
        let place = *self.sorted[..after].last()?;
        let member = &self.members[place as usize];
        (member.name == name).then_some(&member.value)
    }

    /// A name that two members have.
    pub fn repeated(&self) -> Option<&str> {
        let name = |place: &u32| self.members[*place as usize].name.as_str();
        let pairs = self.sorted.windows(2);
        let mut same = pairs.filter(|pair| name(&pair[0]) == name(&pair[1]));
        same.next().map(|pair| name(&pair[0]))
    }

    /// The value of the member that stands there.
    pub(super) fn value_mut(&mut self, position: usize) -> Option<&mut Value> {
        let member = self.members.get_mut(position)?;
        Some(&mut member.value)
    }

    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Every member, also those whose name is repeated.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members
            .iter()
            .map(|member| (member.name.as_str(), &member.value))
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.name.as_str())
    }

    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.members.iter().map(|member| &member.value)
    }

    pub fn len(&self) -> usize {
        self.members.len()
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

/// Equal when each member of the one is in the other, in whatever order.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(name, _)| self.get(name) == other.get(name))
    }
}
