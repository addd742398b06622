//! Source: Anthropic, Messages API and streaming, with what its clients declare.

pub(super) const SHAPES: &str = "
event <
  * { type }
  message_start { message @message }
  content_block_start { index content_block @block }
  content_block_delta { index delta @delta }
  content_block_stop { index }
  message_delta {
    delta { stop_reason stop_sequence stop_details container }
    usage @usage
    context_management
  }
  message_stop
  ping
  error { error @error request_id }
>
body @message
refusal { type error @error request_id }
message {
  id type role model content @block stop_reason stop_sequence stop_details
  usage @usage container context_management diagnostics
}
block <
  * { type cache_control }
  text { text citations @citation }
  thinking { thinking signature }
  redacted_thinking { data }
  tool_use { id name input caller }
  server_tool_use { id name input caller }
  mcp_tool_use { id name server_name input }
  web_search_tool_result { tool_use_id content caller }
  web_fetch_tool_result { tool_use_id content caller }
  code_execution_tool_result { tool_use_id content caller }
  bash_code_execution_tool_result { tool_use_id content caller }
  text_editor_code_execution_tool_result { tool_use_id content caller }
  tool_search_tool_result { tool_use_id content caller }
  mcp_tool_result { tool_use_id content is_error }
  advisor_tool_result { tool_use_id content caller }
  container_upload { file_id }
  fallback { from to trigger }
  compaction { content encrypted_content }
>
delta <
  * { type }
  text_delta { text }
  thinking_delta { thinking estimated_tokens }
  signature_delta { signature }
  input_json_delta { partial_json }
  citations_delta { citation @citation }
  compaction_delta { content encrypted_content }
>
citation <
  * { type cited_text document_index document_title file_id title }
  char_location { start_char_index end_char_index }
  page_location { start_page_number end_page_number }
  content_block_location { start_block_index end_block_index }
  web_search_result_location { url encrypted_index }
  search_result_location { source search_result_index start_block_index end_block_index }
>
usage {
  input_tokens output_tokens cache_creation_input_tokens cache_read_input_tokens
  cache_creation { ephemeral_5m_input_tokens ephemeral_1h_input_tokens }
  service_tier inference_geo
  server_tool_use { web_search_requests web_fetch_requests }
  output_tokens_details { thinking_tokens }
  iterations speed
}
error { type message details }
";
