//! An object's members.

use compact_str::CompactString;

use super::Value;

/// Members in the order of the wire.
#[derive(Debug, Clone, Default)]
pub struct Object {
    members: Vec<(CompactString, Value)>,
    /// Positions by name, then by place, for an object that is too long to be searched through.
    sorted: Box<[u32]>,
}

/// Members up to which an object is searched through.
const FEW: usize = 32;

impl Object {
    pub(super) fn new(members: Vec<(CompactString, Value)>) -> Self {
        let mut sorted = Vec::new();
        if members.len() > FEW {
            sorted.extend(0..u32::try_from(members.len()).unwrap_or(u32::MAX));
            sorted.sort_by_key(|place| &members[*place as usize].0);
        }
        let sorted = sorted.into();
        Self { members, sorted }
    }

    /// The member of that name; the last one, where a name is repeated.
    pub fn get(&self, name: &str) -> Option<&Value> {
        if self.sorted.is_empty() {
            let mut members = self.members.iter().rev();
            return members.find(|(key, _)| key == name).map(|(_, value)| value);
        }
        let after = self
            .sorted
            .partition_point(|place| self.members[*place as usize].0.as_str() <= name);
        let place = *self.sorted[..after].last()?;
        let (key, value) = &self.members[place as usize];
        (key == name).then_some(value)
    }

    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Every member, also those whose name is repeated.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members
            .iter()
            .map(|(name, value)| (name.as_str(), value))
    }

    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }

    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.members.iter().map(|(_, value)| value)
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
