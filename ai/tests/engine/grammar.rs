//! Texts that follow a grammar, and grammars that nothing can follow.

use oro_components::llm::{AiError, Constraint, Finish, Generate, Grammar, Segment};
use serde_json::{Value, json};

use crate::harness::Loaded;

fn constrained(model: &Loaded, user: &str, grammar: Grammar, trigger: Option<&str>) -> Generate {
    Generate {
        constraint: Some(Constraint {
            grammar,
            trigger: trigger.map(str::to_owned),
        }),
        ..model.asking(user)
    }
}

#[test]
fn grammars_bind_the_text() {
    let model = Loaded::chat();
    let gbnf = |text: &str| Grammar::Gbnf(text.to_owned());
    let run = |grammar| model.run(constrained(&model, "What is 2 + 3?", grammar, None));
    let said = run(gbnf(r#"root ::= "yes" | "no""#));
    assert!(["yes", "no"].contains(&said.text.as_str()), "{said:?}");
    assert_eq!(said.finish, Finish::Stop);
    // What the model wants to say anyway.
    let said = run(gbnf(r#"root ::= "2 plus 3 is " [a-z]+ ".""#));
    assert_eq!(said.text, "2 plus 3 is five.");
    let schema = r#"{"type":"object","properties":{"n":{"type":"integer","minimum":0,"maximum":9},
        "word":{"enum":["five","six"]}},"required":["n","word"],"additionalProperties":false}"#;
    let said = run(Grammar::JsonSchema(schema.to_owned()));
    let value: Value = serde_json::from_str(&said.text).unwrap();
    assert!(value["n"].is_u64() && value["word"].is_string(), "{value}");
}

#[test]
fn a_grammar_waits_for_its_trigger() {
    let model = Loaded::chat();
    let tools = vec![
        Segment::special("<|im_start|>system\nTools:\nget_weather\n<|im_end|>\n<|im_start|>user\n"),
        Segment::text("What is the weather in Oslo?"),
        Segment::special("<|im_end|>\n<|im_start|>assistant\n"),
    ];
    let free = Generate {
        prompt: tools,
        ..model.asking("")
    };
    let call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";
    assert_eq!(model.run(free.clone()).text, call);
    let with = |gbnf: &str, trigger: &str| {
        let mut request = free.clone();
        request.constraint = Some(Constraint {
            grammar: Grammar::Gbnf(gbnf.to_owned()),
            trigger: Some(trigger.to_owned()),
        });
        model.run(request).text
    };
    // Behind the trigger, which is whole tokens or ends inside of one, only the grammar counts.
    let rest = r#"root ::= "\n{\"name\": \"search\"}\n</tool_call>""#;
    let want = "<tool_call>\n{\"name\": \"search\"}\n</tool_call>";
    assert_eq!(with(rest, "<tool_call>"), want);
    assert_eq!(with(r#"root ::= "all>" "x""#, "<tool_c"), "<tool_call>x");
    assert_eq!(with(r#"root ::= "x""#, "never written"), call);
}

#[test]
fn grammars_that_cannot_be_followed_are_refused() {
    let model = Loaded::chat();
    let check = |grammar: Grammar, want: &str| {
        let error = model.refused(constrained(&model, "Hello", grammar, None));
        assert!(matches!(error, AiError::InvalidGrammar(_)), "{error:?}");
        assert!(error.to_string().contains(want), "{error}");
    };
    let schema = |text: &str| Grammar::JsonSchema(text.to_owned());
    let gbnf = |text: &str| Grammar::Gbnf(text.to_owned());
    // llama.cpp does not come back from these two.
    check(
        schema(r#"{"type":"string","minLength":5,"maxLength":2}"#),
        "minLength is 5, more than maxLength, 2 at ''",
    );
    check(
        schema(r#"{"properties":{"a":{"type":"array","minItems":3,"maxItems":1}}}"#),
        "minItems is 3, more than maxItems, 1 at '/properties/a'",
    );
    check(
        schema(r#"{"type":"string","minLength":-1}"#),
        "minLength is -1",
    );
    check(
        schema(r#"{"type":"array","maxItems":1e9}"#),
        "maxItems is 1000000000.0",
    );
    check(schema("{"), "the schema is no JSON");
    check(
        schema(r#"{"type":"nonsense"}"#),
        "the schema cannot be followed",
    );
    let deep = format!("{}{{}}{}", "{\"not\":".repeat(65), "}".repeat(65));
    check(schema(&deep), "more than 64 levels");
    let deep = format!("root ::= {}\"a\"{}", "(".repeat(20_000), ")".repeat(20_000));
    check(Grammar::Gbnf(deep), "more than 64 levels of parentheses");
    // In the grammar that llama.cpp makes of it, this counts from 19 to 15.
    check(
        schema(r#"{"type":"integer","minimum":2000000000000000000}"#),
        "the repetition '{19,15}'",
    );
    check(
        schema(r#"{"type":"string","pattern":"^a{5,2}$"}"#),
        "the repetition '{5,2}'",
    );
    check(
        gbnf("root ::= \"}\" [}] \"a\" # {2}\n \"b\"{ 5 , 2 }"),
        "the repetition '{ 5 , 2 }'",
    );
    check(gbnf("root ::= \"a\"{2001}"), "the repetition '{2001}'");
    let word = format!("\"{}\"{{1000}} ", "a".repeat(2000));
    check(
        gbnf(&format!("root ::= {}", word.repeat(9))),
        "repetitions are too large",
    );
    for wrong in [
        "",
        "root",
        "root ::= other",
        "root ::= root \"a\"",
        "a ::= \"b\"",
        "root ::= \"\0\"",
    ] {
        check(Grammar::Gbnf(wrong.to_owned()), "");
    }
    assert_eq!(model.say("What is 2 + 3?"), "2 plus 3 is five.");
}

/// A short schema can be a very large one once it is written out.
#[test]
fn schemas_that_grow_without_end_are_refused() {
    let model = Loaded::chat();
    let check = |schema: &Value, want: &str| {
        let grammar = Grammar::JsonSchema(schema.to_string());
        let error = model.refused(constrained(&model, "Hello", grammar, None));
        assert!(error.to_string().contains(want), "{error}");
    };
    let itself = json!({ "$ref": "#/$defs/a" });
    check(
        &json!({ "$defs": { "a": itself }, "allOf": [itself] }),
        "more than 64 levels",
    );
    let tree = json!({ "properties": { "left": { "allOf": [itself] } } });
    check(
        &json!({ "$defs": { "a": tree }, "allOf": [itself] }),
        "more than",
    );
    // Each level is written twice for each type of the one above.
    let mut types = json!({});
    for _ in 0..30 {
        types = json!({ "type": ["object", "object"], "properties": { "a": types } });
    }
    check(&types, "more than 65536 parts");
    let mut merged = json!({});
    for level in 0..30 {
        let next = json!({ "$ref": format!("#/$defs/{}", level + 1) });
        let node = json!({ "properties": { "a": { "allOf": [next, next] } } });
        merged[level.to_string()] = node;
    }
    merged["30"] = json!({ "properties": { "a": {} } });
    let first = json!({ "$ref": "#/$defs/0" });
    check(&json!({ "$defs": merged, "allOf": [first] }), "more than");
    let properties = |count: usize| -> Value {
        let all = (0..count).map(|at| (format!("p{at}"), json!({})));
        Value::Object(all.collect())
    };
    check(
        &json!({ "properties": properties(200) }),
        "more than 128 properties that are not required",
    );
    let all: Vec<Value> = (0..40)
        .map(|_| json!({ "anyOf": [{ "properties": properties(20) }] }))
        .collect();
    check(
        &json!({ "allOf": all }),
        "more than 512 properties to be merged",
    );
    // Those that mean something go on: a tree, and much that is required.
    let grammar = |schema: Value| Grammar::JsonSchema(schema.to_string());
    let node = json!({
        "type": "object",
        "properties": { "left": { "anyOf": [{ "type": "null" }, itself] } },
        "required": ["left"],
    });
    let tree = json!({ "$defs": { "a": node }, "$ref": "#/$defs/a" });
    let request = constrained(&model, "Hello", grammar(tree), None);
    let text = model.run(request).text;
    assert!(text.starts_with("{"), "{text}");
    let names: Vec<String> = (0..200).map(|at| format!("p{at}")).collect();
    let many = json!({ "properties": properties(200), "required": names });
    let request = constrained(&model, "Hello", grammar(many), None);
    assert!(model.run(request).text.starts_with("{\"p0\""));
}
