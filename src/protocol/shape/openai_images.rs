//! Source: OpenAI, Images API and its streaming events.

pub(super) const SHAPES: &str = "
event <
  * { type created_at b64_json size quality background output_format sequence_number }
  image_generation.partial_image { partial_image_index }
  image_generation.completed { usage @usage revised_prompt }
  image_edit.partial_image { partial_image_index }
  image_edit.completed { usage @usage revised_prompt }
  error { error @error message code param }
>
body {
  created background output_format quality size
  data { url b64_json revised_prompt }
  usage @usage
  error @error
}
refusal { error @error }
usage {
  input_tokens output_tokens total_tokens
  input_tokens_details { text_tokens image_tokens cached_tokens }
  output_tokens_details { text_tokens image_tokens }
}
error { message type param code }
";
