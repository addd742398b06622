use std::time::Duration;

use super::*;
use crate::protocol::calls::conversation;
use crate::protocol::{Asked, Auth, Delivery};
use crate::scenario::request::{
    EditForm, Follow, ImagesCall, Prompt, TaskCall, Template, TextCall, TextProtocol,
};

fn text_call(protocol: TextProtocol) -> Call {
    Call::Text(TextCall {
        protocol,
        model: "m".to_owned(),
        delivery: Delivery::Sse,
        history: Vec::new(),
        prompt: Prompt::Tokens(20),
        system: None,
        tools: Vec::new(),
        tool_choice: None,
        thinking: None,
        image: false,
        stop: Vec::new(),
        max_tokens: None,
        temperature: None,
        n: None,
        json: false,
        cache: false,
        auth: None,
    })
}

fn image_call(edit: Option<EditForm>) -> Call {
    Call::Images(ImagesCall {
        edit,
        model: "gpt-image-2".to_owned(),
        prompt: Prompt::Tokens(20),
        stream: false,
        partial_images: None,
        n: Some(2),
        size: None,
        quality: None,
        style: None,
        background: None,
        output_format: None,
        output_compression: None,
        response_format: None,
        seed: None,
        negative_prompt: None,
        aspect_ratio: None,
        download: false,
    })
}

fn task_call(route: TaskRoute) -> Call {
    Call::Task(TaskCall {
        route,
        model: "sora-2".to_owned(),
        prompt: Prompt::Tokens(20),
        duration_seconds: Some(4),
        resolution: None,
        aspect_ratio: None,
        size: None,
        follow: Follow::Poll,
        poll_every: Duration::from_secs(1),
        cancel: None,
        duplicate: None,
        download: false,
    })
}

fn calls() -> Vec<Call> {
    vec![
        text_call(TextProtocol::AnthropicMessages),
        text_call(TextProtocol::OpenaiChat),
        text_call(TextProtocol::OpenaiResponses),
        text_call(TextProtocol::Gemini),
        image_call(None),
        image_call(Some(EditForm::Json)),
        image_call(Some(EditForm::Multipart)),
        task_call(TaskRoute::Video),
        task_call(TaskRoute::Image),
        task_call(TaskRoute::Videos),
        Call::Utility(UtilityCall::AccountGet),
        Call::Utility(UtilityCall::WebhooksCycle),
        Call::Utility(UtilityCall::KeysCycle),
        Call::Utility(UtilityCall::ModelsGet {
            model: "m".to_owned(),
        }),
        Call::Utility(UtilityCall::EmbeddingsCreate {
            model: "m".to_owned(),
        }),
    ]
}

fn spoiled(call: &Call, mistake: Mistake) -> Draft {
    draft(call, mistake, 5).1
}

/// Bodies of 32 MiB have a test of their own.
fn is_cheap(mistake: &Mistake) -> bool {
    *mistake != Mistake::BodyTooLarge
}

/// All of a draft that goes on the wire.
fn wire(draft: &Draft) -> (String, Vec<u8>, Credential) {
    (draft.path.clone(), draft.body.to_vec(), draft.auth)
}

#[test]
fn a_mistake_changes_what_is_sent_exactly_where_it_applies_and_always_alike() {
    for call in calls() {
        let healthy = drafts::first(&call, 5);
        for mistake in ALL.into_iter().filter(is_cheap) {
            let one = spoiled(&call, mistake);
            assert_eq!(one, spoiled(&call, mistake), "{call:?} {mistake:?}");
            assert_eq!(one.asked.mistake, Some(mistake));
            let changed = wire(&one) != wire(&healthy);
            assert_eq!(changed, applies(&call, mistake), "{call:?} {mistake:?}");
        }
    }
}

#[test]
fn a_cut_document_is_no_document_but_still_text() {
    for call in calls() {
        let one = spoiled(&call, Mistake::MalformedJson);
        if applies(&call, Mistake::MalformedJson) && !matches!(call, Call::Images(_)) {
            assert!(serde_json::from_slice::<Value>(&one.body).is_err());
            assert!(std::str::from_utf8(&one.body).is_ok());
            assert_eq!(*one.asked.body, None);
        }
    }
}

#[test]
fn the_unknown_model_is_where_the_model_was() {
    let unknown = "no-such-model-0000000000000005";
    let gemini = spoiled(&text_call(TextProtocol::Gemini), Mistake::UnknownModel);
    assert_eq!(
        gemini.path,
        format!("/v1beta/models/{unknown}:streamGenerateContent?alt=sse")
    );
    for call in calls()
        .iter()
        .filter(|call| applies(call, Mistake::UnknownModel))
    {
        let one = spoiled(call, Mistake::UnknownModel);
        let body = String::from_utf8_lossy(&one.body).into_owned();
        assert!(
            one.path.contains(unknown) || body.contains(unknown),
            "{call:?}"
        );
    }
    let form = spoiled(
        &image_call(Some(EditForm::Multipart)),
        Mistake::UnknownModel,
    );
    assert!(String::from_utf8_lossy(&form.body).contains("filename=\"source.png\""));
    assert_eq!(form.asked.n, Some(2), "the rest is read again");
}

#[test]
fn too_large_is_just_over_the_limit_of_the_route_and_still_json() {
    for (call, limit) in [
        (task_call(TaskRoute::Video), TASKS_LIMIT),
        (text_call(TextProtocol::OpenaiChat), OTHER_LIMIT),
        (image_call(Some(EditForm::Multipart)), OTHER_LIMIT),
    ] {
        let one = spoiled(&call, Mistake::BodyTooLarge);
        assert!(one.body.len() > limit && one.body.len() < limit + 4096);
        let kept = one
            .asked
            .body
            .as_ref()
            .map_or(0, |body| body.to_string().len());
        assert!(kept < 4096, "the padding is not kept");
        if !matches!(call, Call::Images(_)) {
            assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&one.body).is_ok());
        }
    }
}

#[test]
fn too_much_output_is_asked_for_in_the_words_of_each_protocol() {
    use TextProtocol::{AnthropicMessages, Gemini, OpenaiChat, OpenaiResponses};
    for (protocol, wanted) in [
        (AnthropicMessages, r#""max_tokens":10000000"#),
        (OpenaiChat, r#""max_tokens":10000000"#),
        (OpenaiResponses, r#""max_output_tokens":10000000"#),
        (Gemini, r#""generationConfig":{"maxOutputTokens":10000000}"#),
    ] {
        let one = spoiled(&text_call(protocol), Mistake::ContextTooLong);
        let body = String::from_utf8_lossy(&one.body).into_owned();
        assert!(body.contains(wanted), "{body}");
    }
}

#[test]
fn a_wrong_type_is_wrong_in_every_form_and_a_bad_cancel_names_no_single_task() {
    for (call, wanted) in [
        (
            text_call(TextProtocol::AnthropicMessages),
            r#""messages":7"#,
        ),
        (text_call(TextProtocol::Gemini), r#""contents":7"#),
        (image_call(None), r#""n":"many""#),
        (image_call(Some(EditForm::Multipart)), "many"),
        (task_call(TaskRoute::Video), r#""params":7"#),
    ] {
        let one = spoiled(&call, Mistake::WrongType);
        let body = String::from_utf8_lossy(&one.body).into_owned();
        assert!(body.contains(wanted), "{body}");
    }
    let cancel = |mistake| {
        let (step, one) = draft(&task_call(TaskRoute::Video), mistake, 5);
        assert_eq!(step, Step::Cancel);
        let body: Value = serde_json::from_slice(&one.body).unwrap_or_default();
        let ids = ["task_id", "out_task_id"].map(|name| body.get(name).is_some());
        (one.path, ids)
    };
    let by_body = "/v1/tasks/cancel".to_owned();
    assert_eq!(
        cancel(Mistake::CancelBothIds),
        (by_body.clone(), [true, true])
    );
    assert_eq!(cancel(Mistake::CancelNoId), (by_body, [false, false]));
    let (path, ids) = cancel(Mistake::CancelUnknownTask);
    assert!(
        path.starts_with("/v1/tasks/cancel/task_no_such_task"),
        "{path}"
    );
    assert_eq!(ids, [false, false]);
}

#[test]
fn an_unknown_route_stays_under_its_protocol() {
    let path = |call: &Call| spoiled(call, Mistake::UnknownRoute).path;
    assert_eq!(
        path(&text_call(TextProtocol::AnthropicMessages)),
        "/v1/messages/no-such-route"
    );
    assert_eq!(
        path(&text_call(TextProtocol::Gemini)),
        "/v1beta/models/m:noSuchMethod?alt=sse"
    );
    assert_eq!(
        path(&Call::Utility(UtilityCall::AccountGet)),
        "/api/v1/me/account-no-such-route"
    );
}

#[test]
fn keys_are_wrong_or_missing_without_other_changes() {
    let call = text_call(TextProtocol::OpenaiChat);
    let healthy = drafts::first(&call, 5);
    let wrong = spoiled(&call, Mistake::WrongKey);
    assert_eq!(wrong.auth, Credential::Wrong(Auth::Bearer));
    assert_eq!(spoiled(&call, Mistake::NoKey).auth, Credential::Absent);
    assert_eq!(wrong.body, healthy.body);
}

#[test]
fn a_call_with_a_mistake_is_one_request_that_decides_and_bills_nothing() {
    for call in calls() {
        for mistake in ALL.into_iter().filter(is_cheap) {
            let template = Template {
                name: "t".to_owned(),
                call: call.clone(),
                mistake: Some(mistake),
                expect: None,
                turns: Vec::new(),
                disconnect: None,
                read: None,
                keys: Vec::new(),
                line: 0,
                timeout: Duration::from_secs(1),
            };
            let mut spoken = conversation(&template, 5);
            let first = spoken.first();
            assert!(first.decides && !first.bills);
            assert!(first.expected.iter().all(|status| *status >= 400));
            let answered = crate::protocol::conversation::Answered {
                step: first.step,
                head: &crate::protocol::Head::default(),
                facts: &crate::protocol::Facts::default(),
                body: None,
                said: None,
            };
            assert!(spoken.next(&answered).is_none());
        }
    }
}

#[test]
fn the_scenario_narrows_what_is_expected_of_the_deciding_request() {
    let mut template = Template {
        line: 0,
        name: "t".to_owned(),
        call: task_call(TaskRoute::Video),
        mistake: None,
        expect: Some(crate::scenario::request::Expect { status: vec![402] }),
        turns: Vec::new(),
        disconnect: None,
        read: None,
        keys: Vec::new(),
        timeout: Duration::from_secs(1),
    };
    let first = conversation(&template, 5).first();
    assert_eq!((first.expected, first.bills), (vec![402], true));
    template.expect = None;
    let first = conversation(&template, 5).first();
    assert_eq!(first.expected, [200, 201, 202]);
    let asked = Asked::of(Endpoint::TasksSubmit, Delivery::Unary);
    assert_eq!(first.draft.asked.gateway, asked.gateway);
}
