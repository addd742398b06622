//! Source: OpenAI, Responses and its streaming events.

pub(super) const SHAPES: &str = "
event <
  * { type sequence_number output_index item_id content_index obfuscation }
  response.created { response @response }
  response.queued { response @response }
  response.in_progress { response @response }
  response.completed { response @response }
  response.incomplete { response @response }
  response.failed { response @response }
  response.output_item.added { item @item }
  response.output_item.done { item @item }
  response.content_part.added { part @part }
  response.content_part.done { part @part }
  response.output_text.delta { delta logprobs @token }
  response.output_text.done { text logprobs @token }
  response.output_text.annotation.added { annotation @annotation annotation_index }
  response.refusal.delta { delta }
  response.refusal.done { refusal }
  response.reasoning_text.delta { delta }
  response.reasoning_text.done { text }
  response.reasoning.delta { delta }
  response.reasoning.done { text }
  response.reasoning_summary_part.added { summary_index part @part }
  response.reasoning_summary_part.done { summary_index part @part }
  response.reasoning_summary_text.delta { summary_index delta }
  response.reasoning_summary_text.done { summary_index text }
  response.function_call_arguments.delta { delta }
  response.function_call_arguments.done { name arguments }
  response.custom_tool_call_input.delta { delta }
  response.custom_tool_call_input.done { input }
  response.mcp_call_arguments.delta { delta }
  response.mcp_call_arguments.done { arguments }
  response.mcp_call.in_progress
  response.mcp_call.completed
  response.mcp_call.failed
  response.mcp_list_tools.in_progress
  response.mcp_list_tools.completed
  response.mcp_list_tools.failed
  response.web_search_call.in_progress
  response.web_search_call.searching
  response.web_search_call.completed
  response.file_search_call.in_progress
  response.file_search_call.searching
  response.file_search_call.completed
  response.code_interpreter_call.in_progress
  response.code_interpreter_call.interpreting
  response.code_interpreter_call.completed
  response.code_interpreter_call_code.delta { delta }
  response.code_interpreter_call_code.done { code }
  response.image_generation_call.in_progress
  response.image_generation_call.generating
  response.image_generation_call.completed
  response.image_generation_call.partial_image {
    partial_image_index partial_image_b64 size quality background output_format revised_prompt
  }
  response.audio.delta { delta }
  response.audio.done
  response.audio.transcript.delta { delta }
  response.audio.transcript.done
  response.shell_call_command.added
  response.shell_call_command.delta
  response.shell_call_command.done
  response.shell_call_output_content.delta
  response.shell_call_output_content.done
  response.apply_patch_call_operation_diff.delta
  response.apply_patch_call_operation_diff.done
  keepalive
  error { message code param error @error headers }
>
body @response
refusal { error @error }
response {
  id object created_at completed_at status background error @error
  incomplete_details { reason }
  instructions max_output_tokens max_tool_calls model output @item parallel_tool_calls
  previous_response_id prompt_cache_key prompt_cache_retention safety_identifier user
  reasoning { effort summary generate_summary mode context }
  service_tier store temperature top_p presence_penalty frequency_penalty top_logprobs
  text { format verbosity }
  tool_choice tools truncation metadata
  usage {
    input_tokens output_tokens total_tokens
    input_tokens_details { cached_tokens cache_write_tokens }
    output_tokens_details { reasoning_tokens }
  }
  billing conversation moderation tool_usage prompt_cache_options output_text prompt
}
item <
  * { type id status }
  message { role content @part phase }
  reasoning { summary @part content @part encrypted_content }
  function_call { call_id name arguments namespace caller }
  function_call_output { call_id output caller }
  custom_tool_call { call_id name input namespace caller }
  custom_tool_call_output { call_id output caller }
  web_search_call { action results }
  file_search_call { queries results }
  code_interpreter_call { container_id code outputs }
  image_generation_call {
    result revised_prompt size quality background output_format action
  }
  mcp_list_tools { server_label tools error }
  mcp_call { server_label name arguments output error approval_request_id }
  mcp_approval_request { server_label name arguments }
  mcp_approval_response
  shell_call
  shell_call_output
  local_shell_call
  local_shell_call_output
  apply_patch_call
  apply_patch_call_output
  computer_call
  computer_call_output
  tool_search_call
  tool_search_output
  tool_search_call_output
  program
  program_output
  compaction
>
part <
  * { type }
  output_text { text annotations @annotation logprobs @token }
  refusal { refusal }
  reasoning_text { text }
  summary_text { text }
>
annotation <
  * { type }
  url_citation { url title start_index end_index }
  file_citation { file_id index filename }
  container_file_citation { container_id file_id filename start_index end_index }
  file_path { file_id index }
>
token { token logprob bytes top_logprobs { token logprob bytes } }
error { type code message param headers }
";
