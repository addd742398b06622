use super::*;

fn setting() -> TraceSetting {
    TraceSetting {
        path: "t.csv".to_owned(),
        from: Duration::ZERO,
        duration: None,
        limit: None,
    }
}

fn read_as(setting: &TraceSetting, text: &str) -> Result<Trace, TraceFault> {
    let mut reader = TraceReader::new(setting, 1.0);
    for line in text.lines() {
        if !reader.line(line.as_bytes())? {
            break;
        }
    }
    reader.finish()
}

fn read(text: &str) -> Trace {
    read_as(&setting(), text).unwrap_or_else(|fault| panic!("{fault:?}"))
}

/// Milliseconds, input, output.
fn rows(trace: &Trace) -> Vec<(u128, u32, u32)> {
    let row = |row: &TraceRow| (row.at.as_millis(), row.input_tokens, row.output_tokens);
    trace.rows().iter().map(row).collect()
}

const OURS: &str = "timestamp,input_tokens,output_tokens,session\n\
                    0.5,10,1,a\n1,20,2,b\n1.25,30,3,a\n2,40,4,\n3,50,5,\n";

#[test]
fn every_public_layout_is_known_by_its_columns() {
    let azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n\
                 2023-11-16 18:17:03.9799600,4808,10\n2023-11-16 18:17:04.0319600,3180,8\r\n";
    assert_eq!(rows(&read(azure)), [(0, 4808, 10), (52, 3180, 8)]);
    let burst = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n\
                 5,ChatGPT,472,18,490,Conversation log\n45,GPT-4,1087,0,1087,\"API log, all\"\n";
    assert_eq!(rows(&read(burst)), [(0, 472, 18), (40_000, 1087, 0)]);
    let with_sessions = "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens\n\
                         5,7,1.5,m,4,1\n6,7,1.5,m,9,2\n";
    assert!(read(with_sessions).has_sessions());
    let mooncake = "{\"timestamp\": 27482, \"input_length\": 6955, \"output_length\": 52, \
                    \"hash_ids\": [46, 47]}\n\
                    {\"timestamp\": 30535, \"input_length\": 6472, \"output_length\": 26}\n";
    assert_eq!(rows(&read(mooncake)), [(0, 6955, 52), (3053, 6472, 26)]);
    let lines = "{\"timestamp\":\"2024-05-10 00:00:00.25+00:00\",\"input_tokens\":1,\
                 \"output_tokens\":2,\"session\":null}";
    assert_eq!(rows(&read(lines)), [(0, 1, 2)]);
}

#[test]
fn rows_of_a_session_are_one_call() {
    let trace = read(OURS);
    assert_eq!((trace.calls(), trace.has_sessions()), (4, true));
    let times = |number: usize| {
        let rows = trace.call(number).iter();
        rows.map(|row| row.at.as_millis()).collect::<Vec<_>>()
    };
    assert_eq!(times(0), [0, 750]);
    assert_eq!(times(1), [500]);
    assert_eq!((times(2), times(3)), (vec![1500], vec![2500]));
    assert_eq!(times(4), [0_u128; 0]);
}

#[test]
fn a_window_and_a_limit_take_a_part() {
    let (ms, base) = (Duration::from_millis, setting());
    let window = TraceSetting {
        from: ms(500),
        duration: Some(ms(1500)),
        ..base.clone()
    };
    let trace = read_as(&window, OURS).unwrap();
    assert_eq!(rows(&trace), [(0, 20, 2), (250, 30, 3), (1000, 40, 4)]);
    assert_eq!(trace.length(), ms(1500));
    let limited = TraceSetting {
        limit: Some(2),
        ..base.clone()
    };
    // What follows is not even read.
    let trace = read_as(&limited, &format!("{OURS}nonsense\n")).unwrap();
    assert_eq!(rows(&trace), [(0, 10, 1), (500, 20, 2)]);
    let late = TraceSetting {
        from: ms(5000),
        ..base
    };
    let fault = read_as(&late, OURS).unwrap_err();
    assert_eq!(
        fault.help.as_deref(),
        Some("all its rows come before `from`")
    );
}

/// What is said of each text.
fn told(texts: &[&str]) -> String {
    let faults = texts.iter().map(|text| {
        let fault = read_as(&setting(), text).unwrap_err();
        fault.diagnostic("t.csv").render(false)
    });
    faults.collect()
}

#[test]
fn a_file_that_is_no_trace_is_told_and_not_shown() {
    let told = told(&[
        "",
        "time,tokens\n1,2\n",
        "secret-that-is-no-trace",
        "timestamp,input_tokens,ContextTokens,output_tokens\n",
        "{\"timestamp\": 1, \"input_length\": 5}",
        "{\"secret\": \"hidden\"}",
        "{\"secret\": \"hidden",
    ]);
    assert!(
        !told.contains("secret") && !told.contains("hidden"),
        "{told}"
    );
    expect_test::expect![[r#"
        t.csv: error: there is nothing to replay
           = help: it has no rows
        t.csv:1:1: error: the header has no column `timestamp`, by this or a known name
           = help: known are those of the Azure, BurstGPT and Mooncake traces
        t.csv:1:1: error: the header has no column `timestamp`, by this or a known name
           = help: known are those of the Azure, BurstGPT and Mooncake traces
        t.csv:1:24: error: `ContextTokens` is there twice, by this or another name
         1 | timestamp,input_tokens,ContextTokens,output_tokens
           |                        ^^^^^^^^^^^^^
        t.csv:1:1: error: this row has no `output_tokens`, by this or a known name
        t.csv:1:1: error: this row has no `timestamp`, by this or a known name
        t.csv:1:1: error: this is no JSON: the document ends within a string at byte 18
    "#]]
    .assert_eq(&told);
}

#[test]
fn a_fault_in_a_row_is_told_with_its_place() {
    let faults = told(&[
        "timestamp,input_tokens,output_tokens\n0,1,1\n0.5,ten,1\n",
        "timestamp,input_tokens,output_tokens\n0,1\n",
        "timestamp,input_tokens,output_tokens\n0,1,1\nsoon,1,1\n",
        "timestamp,input_tokens,output_tokens\n5,1,1\n4.9,1,1\n",
        "timestamp,input_tokens,output_tokens\n0,1,1\n0,9000000,1\n",
        "timestamp,input_tokens,output_tokens\n0,1,1\n100000,1,1\n",
        "{\"timestamp\": 1, \"input_length\": -5, \"output_length\": 5}",
        "{\"timestamp\":1,\"input_length\":5,\"output_length\":1}\n{\"timestamp\":2}",
    ]);
    expect_test::expect![[r#"
        t.csv:3:5: error: expected a whole number of tokens
         3 | 0.5,ten,1
           |     ^^^
        t.csv:2:1: error: this row has 2 fields, the header has 3
         2 | 0,1
           | ^^^
        t.csv:3:1: error: expected seconds, or a date such as `2023-11-16 18:15:46.68`
         3 | soon,1,1
           | ^^^^
        t.csv:3:1: error: this row is earlier than the one before it
         3 | 4.9,1,1
           | ^^^
           = help: sort the file by its times
        t.csv:3:3: error: at most 2000000 tokens are allowed
         3 | 0,9000000,1
           |   ^^^^^^^
        t.csv:3:1: error: this is more than 24h after the beginning
         3 | 100000,1,1
           | ^^^^^^
           = help: take a part of it with `from`, `duration` or `limit`, or raise `speed`
        t.csv:1:34: error: expected a whole number of tokens
         1 | {"timestamp": 1, "input_length": -5, "output_length": 5}
           |                                  ^^
        t.csv:2:1: error: this row has no `input_tokens`, by this or a known name
         2 | {"timestamp":2}
           | ^^^^^^^^^^^^^^^
    "#]]
    .assert_eq(&faults);
}

#[test]
fn a_line_that_is_no_text_is_told_apart() {
    let mut reader = TraceReader::new(&setting(), 1.0);
    let fault = reader.line(b"timestamp,\xff\n").unwrap_err();
    assert_eq!(
        (fault.line, fault.message.as_str()),
        (1, "this is no UTF-8 text")
    );
}
