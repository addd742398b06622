//! Source: Google, Gemini API, `GenerateContentResponse` and what it holds.

pub(super) const SHAPES: &str = "
event @response
body @response
refusal @response
response {
  candidates {
    content { role parts @part }
    finishReason finishMessage index
    safetyRatings @rating
    citationMetadata {
      citationSources { startIndex endIndex uri license }
      citations
    }
    groundingMetadata urlContextMetadata logprobsResult avgLogprobs tokenCount
    groundingAttributions
  }
  promptFeedback { blockReason blockReasonMessage safetyRatings @rating }
  usageMetadata {
    promptTokenCount candidatesTokenCount thoughtsTokenCount toolUsePromptTokenCount
    cachedContentTokenCount totalTokenCount
    promptTokensDetails @modality candidatesTokensDetails @modality
    cacheTokensDetails @modality toolUsePromptTokensDetails @modality
    serviceTier trafficType
  }
  modelVersion responseId modelStatus turnToken createTime
  error { code message status details }
}
part {
  text thought thoughtSignature videoMetadata partMetadata mediaResolution
  inlineData { mimeType data }
  fileData { mimeType fileUri }
  functionCall { name args id partialArgs willContinue }
  functionResponse { name response id }
  executableCode { language code id }
  codeExecutionResult { outcome output id }
  toolCall { toolType args id }
  toolResponse { toolType response id }
}
rating { category probability blocked severity probabilityScore severityScore }
modality { modality tokenCount }
";
