//! Source: OpenAI, Chat Completions; `reasoning_content` as DeepSeek writes it.

pub(super) const SHAPES: &str = "
event {
  id object created model service_tier system_fingerprint obfuscation moderation
  choices {
    index finish_reason logprobs @logprobs
    delta {
      role content refusal reasoning_content
      tool_calls @call function_call { name arguments }
      audio { id expires_at data transcript }
      annotations @annotation
    }
    content_filter_results
  }
  usage @usage
  prompt_filter_results
  error @error
}
body {
  id object created model service_tier system_fingerprint moderation metadata
  choices {
    index finish_reason logprobs @logprobs
    message {
      role content refusal reasoning_content annotations @annotation
      tool_calls @call function_call { name arguments }
      audio { id expires_at data transcript }
    }
    content_filter_results
  }
  usage @usage
  prompt_filter_results
  error @error
}
refusal { error @error }
call {
  index id type
  function { name arguments }
  custom { name input }
}
annotation { type url_citation { start_index end_index url title } }
logprobs { content @token refusal @token }
token { token logprob bytes top_logprobs { token logprob bytes } }
usage {
  prompt_tokens completion_tokens total_tokens
  prompt_tokens_details {
    cached_tokens audio_tokens text_tokens image_tokens cache_write_tokens
  }
  completion_tokens_details {
    reasoning_tokens audio_tokens text_tokens accepted_prediction_tokens
    rejected_prediction_tokens
  }
}
error { message type param code }
";
