use serde_json::json;

use super::*;
use crate::cross::answer::{Answer, ToolCall};
use crate::cross::charge::{Charge, Charged};
use crate::cross::counts::Counts;
use crate::scenario::request::{Delivery, TextProtocol};
use TextProtocol::{AnthropicMessages, Gemini, OpenaiChat, OpenaiResponses};

/// The same short answer over every protocol, with the words of each for an end and for a limit.
fn heard(words: [&str; 4], calls: &[ToolCall]) -> Vec<Heard> {
    let protocols = [AnthropicMessages, OpenaiChat, OpenaiResponses, Gemini];
    let places = protocols.into_iter().zip(words);
    places
        .map(|(protocol, word)| Heard {
            place: Place {
                protocol,
                delivery: Delivery::Unary,
            },
            came: Came::Answer(Answer {
                text: "Blue".to_owned(),
                refusal: String::new(),
                calls: calls.to_vec(),
                stop: Some(word.to_owned()),
                counts: Some(Counts {
                    input: 10,
                    output: 4,
                    ..Counts::default()
                }),
            }),
            broken: Vec::new(),
            charged: Charged::Told(vec![Charge {
                credits: 90,
                quantum: 1,
                source: "account spend",
            }]),
        })
        .collect()
}

const ENDS: [&str; 4] = ["end_turn", "stop", "completed", "STOP"];
const CALLS: [&str; 4] = ["tool_use", "tool_calls", "completed", "STOP"];

fn call(arguments: serde_json::Value) -> ToolCall {
    ToolCall {
        name: "get_weather".to_owned(),
        arguments: Ok(arguments.into()),
    }
}

fn weather() -> ToolCall {
    call(json!({"city": "Oslo", "unit": "celsius", "days": 3}))
}

/// The outcomes of one question that are not `same`.
fn odd(question: &str, steady: bool, heard: &[Heard]) -> Vec<(Aspect, Outcome)> {
    let asking = Asking {
        question: Question::named(question).expect("a question"),
        steady,
    };
    let rows = rows(&asking, heard, &[]);
    let odd = rows.iter().filter(|row| row.outcome != Outcome::Same);
    odd.map(|row| (row.aspect, row.outcome)).collect()
}

fn answer(heard: &mut Heard) -> &mut Answer {
    let place = heard.place;
    match &mut heard.came {
        Came::Answer(answer) => answer,
        Came::Refused { .. } | Came::Failed(_) | Came::Unasked(_) => {
            panic!("{place:?} has no answer")
        }
    }
}

fn counts(heard: &mut Heard) -> &mut Counts {
    answer(heard).counts.as_mut().expect("a usage")
}

#[test]
fn the_same_in_four_ways_is_the_same() {
    for steady in [true, false] {
        assert_eq!(odd("plain", steady, &heard(ENDS, &[])), []);
        assert_eq!(odd("tools", steady, &heard(CALLS, &[weather()])), []);
    }
}

#[test]
fn what_a_model_may_say_otherwise_varies_unless_the_target_is_steady() {
    type Change = fn(&mut Heard);
    let changes: [(Aspect, Change); 4] = [
        (Aspect::Text, |heard| {
            answer(heard).text = "Azure".to_owned();
        }),
        (Aspect::Usage, |heard| counts(heard).input += 3),
        (Aspect::Usage, |heard| {
            // Other words, so another count.
            counts(heard).output += 1;
        }),
        (Aspect::Stop, |heard| {
            answer(heard).stop = Some("content_filter".to_owned());
            counts(heard).output += 1;
        }),
    ];
    for (aspect, change) in changes {
        let mut all = heard(ENDS, &[]);
        change(&mut all[1]);
        all[1].charged = all[0].charged.clone();
        let found = odd("plain", true, &all);
        assert!(found.contains(&(aspect, Outcome::Differs)), "{found:?}");
        let found = odd("plain", false, &all);
        assert!(found.contains(&(aspect, Outcome::Varies)), "{found:?}");
        assert!(
            found
                .iter()
                .all(|(_, outcome)| *outcome != Outcome::Differs),
            "{found:?}"
        );
    }
    let mut all = heard(CALLS, &[weather()]);
    let rome = call(json!({"city": "Rome", "unit": "celsius", "days": 3}));
    answer(&mut all[3]).calls = vec![rome];
    let differs = [(Aspect::Arguments, Outcome::Differs)];
    assert_eq!(odd("tools", true, &all), differs);
    let varies = [(Aspect::Arguments, Outcome::Varies)];
    assert_eq!(odd("tools", false, &all), varies);
}

#[test]
fn what_must_be_equal_differs_whatever_the_target() {
    type Change = fn(&mut Heard);
    let changes: [(&str, Aspect, Change); 12] = [
        ("plain", Aspect::Stop, |heard| {
            answer(heard).stop = Some("length".to_owned());
        }),
        ("plain", Aspect::Usage, |heard| answer(heard).counts = None),
        ("plain", Aspect::Usage, |heard| {
            counts(heard).total = Some(15);
        }),
        ("plain", Aspect::Usage, |heard| {
            counts(heard).reasoning = 5;
        }),
        ("plain", Aspect::Charge, |heard| {
            heard.charged = Charged::Told(vec![Charge {
                credits: 99,
                quantum: 1,
                source: "account spend",
            }]);
        }),
        ("plain", Aspect::Served, |heard| {
            heard.came = Came::Refused {
                status: 422,
                error: "no".to_owned(),
            };
        }),
        ("tools", Aspect::Tools, |heard| answer(heard).calls.clear()),
        ("tools", Aspect::Tools, |heard| {
            answer(heard).calls[0].name = "get_time".to_owned();
        }),
        ("tools", Aspect::Arguments, |heard| {
            answer(heard).calls = vec![call(json!({"city": "Oslo", "unit": "celsius"}))];
        }),
        ("tools", Aspect::Arguments, |heard| {
            let arguments = json!({"city": "Oslo", "unit": "celsius", "days": "3"});
            answer(heard).calls = vec![call(arguments)];
        }),
        ("tools", Aspect::Arguments, |heard| {
            answer(heard).calls[0].arguments = Err("{".to_owned());
        }),
        ("tools", Aspect::Stop, |heard| {
            answer(heard).stop = Some("stop".to_owned());
        }),
    ];
    for (question, aspect, change) in changes {
        for steady in [true, false] {
            let tools = question == "tools";
            let calls = [weather()];
            let mut all = heard(
                if tools { CALLS } else { ENDS },
                if tools { &calls } else { &[] },
            );
            change(&mut all[1]);
            let found = odd(question, steady, &all);
            let expected = (aspect, Outcome::Differs);
            assert!(found.contains(&expected), "{aspect:?} {steady}: {found:?}");
        }
    }
}

#[test]
fn a_question_that_forces_something_needs_no_second_answer_to_be_missed() {
    let mut all = heard(ENDS, &[]);
    answer(&mut all[0]).text = "1 2 3 4 5".to_owned();
    let found = odd("stop", false, &all);
    assert!(
        found.contains(&(Aspect::Text, Outcome::Differs)),
        "{found:?}"
    );
    let cut = ["max_tokens", "length", "max_output_tokens", "MAX_TOKENS"];
    let mut all = heard(cut, &[]);
    all.iter_mut().for_each(|heard| counts(heard).output = 16);
    assert_eq!(odd("limit", false, &all), []);
    answer(&mut all[2]).stop = Some("completed".to_owned());
    answer(&mut all[2]).text = "other words".to_owned();
    let found = odd("limit", false, &all);
    assert!(
        found.contains(&(Aspect::Stop, Outcome::Differs)),
        "{found:?}"
    );
    // One that ended before the limit may have had no more to say.
    counts(&mut all[2]).output = 12;
    let found = odd("limit", false, &all);
    assert!(
        found.contains(&(Aspect::Stop, Outcome::Varies)),
        "{found:?}"
    );
}

#[test]
fn what_failed_or_stands_alone_is_not_compared() {
    let mut all = heard(ENDS, &[]);
    all[2].came = Came::Failed("the stream ended".to_owned());
    assert_eq!(
        odd("plain", true, &all),
        [(Aspect::Served, Outcome::Unknown)]
    );
    for status in [401, 402, 403, 429, 500, 529] {
        let error = String::new();
        all[2].came = Came::Refused { status, error };
        let unknown = [(Aspect::Served, Outcome::Unknown)];
        assert_eq!(odd("plain", true, &all), unknown, "{status}");
    }
    all.truncate(1);
    let found = odd("plain", true, &all);
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(
        found
            .iter()
            .all(|(_, outcome)| *outcome == Outcome::Unknown)
    );
    all[0].charged = Charged::Untold("no books".to_owned());
    let mut all = heard(ENDS, &[]);
    all[3].charged = Charged::Untold("no books".to_owned());
    let unknown = [(Aspect::Charge, Outcome::Unknown)];
    assert_eq!(odd("plain", true, &all), unknown);
}

#[test]
fn the_odd_one_out_is_named_whichever_is_first() {
    for odd in 0..4 {
        let mut all = heard(ENDS, &[]);
        answer(&mut all[odd]).text = "Red".to_owned();
        let asking = Asking {
            question: Question::named("plain").expect("a question"),
            steady: true,
        };
        let rows = rows(&asking, &all, &[]);
        let row = rows.iter().find(|row| row.aspect == Aspect::Text);
        let [difference] = &row.expect("a row").differences[..] else {
            panic!("one difference: {rows:?}")
        };
        assert_eq!(difference.other.places, [all[odd].place]);
        assert_eq!(difference.one.agreeing.len(), 2);
    }
}

#[test]
fn what_is_skipped_has_no_row() {
    let asking = Asking {
        question: Question::named("plain").expect("a question"),
        steady: true,
    };
    let rows = rows(&asking, &heard(ENDS, &[]), &[Aspect::Text, Aspect::Charge]);
    let aspects: Vec<_> = rows.iter().map(|row| row.aspect).collect();
    let left = [Aspect::Served, Aspect::Tools, Aspect::Stop, Aspect::Usage];
    assert_eq!(aspects, left);
}
