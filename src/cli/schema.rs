//! `schema`: the JSON Schema of the scenario file, for editors.

use super::output::data;
use crate::exit::Exit;
use crate::scenario::json_schema;

pub(super) fn schema() -> Exit {
    data(format_args!("{:#}\n", json_schema()));
    Exit::Held
}
