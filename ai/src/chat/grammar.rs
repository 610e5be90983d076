//! The form of tool calls, as a grammar in GBNF: what follows `<tool_call>`.
//!
//! A schema of arguments becomes rules as far as it is about types, members, items and constants.
//! What else it says is not enforced: the arguments are then any JSON of that type.

use minijinja::Value;
use minijinja::value::ValueKind;

use super::message::Tool;
use super::tool;

/// Schemas inside of schemas; below, anything goes.
const DEPTH_MAX: usize = 16;
/// Rules of one grammar; behind them, anything goes.
const RULES_MAX: usize = 512;
/// Members of one object, or constants of one list; with more, anything goes.
const BRANCHES_MAX: usize = 64;

/// Rules that all grammars have.
const COMMON: &str = r#"
ws ::= [ \t\n]{0,4}
value ::= object | array | string | number | boolean | null
object ::= "{" ws ( string ws ":" ws value ( ws "," ws string ws ":" ws value )* )? ws "}"
array ::= "[" ws ( value ( ws "," ws value )* )? ws "]"
string ::= "\"" ( [^"\\\x00-\x1F\x7F] | "\\" ( ["\\/bfnrt] | "u" [0-9a-fA-F]{4} ) )* "\""
integer ::= "-"? ( "0" | [1-9] [0-9]{0,17} )
number ::= integer ( "." [0-9]{1,17} )? ( [eE] [-+]? [0-9]{1,3} )?
boolean ::= "true" | "false"
null ::= "null"
"#;

/// The form of what follows [`tool::OPEN`], for calls of these tools; one or several.
#[must_use]
pub fn of_calls(tools: &[Tool], several: bool) -> String {
    let mut rules = Rules(Vec::new());
    let calls: Vec<String> = tools
        .iter()
        .enumerate()
        .map(|(at, tool)| {
            let name = literal(&quote(&tool.name));
            let arguments = arguments(&mut rules, tool);
            let call = format!(
                r#""{{" ws "\"name\"" ws ":" ws {name} ws "," ws "\"arguments\"" ws ":" ws {arguments} ws "}}""#
            );
            rules.add(format!("call-{at}"), call)
        })
        .collect();
    let (open, close) = (literal(tool::OPEN), literal(tool::CLOSE));
    let more = if several {
        format!(" ( ws {open} ws call ws {close} )*")
    } else {
        String::new()
    };
    let mut grammar = format!(
        "root ::= ws call ws {close}{more}\ncall ::= {}\n",
        calls.join(" | ")
    );
    for (name, body) in rules.0 {
        grammar.push_str(&format!("{name} ::= {body}\n"));
    }
    grammar + COMMON.trim_start()
}

struct Rules(Vec<(String, String)>);

impl Rules {
    fn add(&mut self, name: String, body: String) -> String {
        self.0.push((name.clone(), body));
        name
    }

    /// Gives an expression a name of its own.
    fn name(&mut self, body: String) -> String {
        let name = format!("r{}", self.0.len());
        self.add(name, body)
    }
}

fn arguments(rules: &mut Rules, tool: &Tool) -> String {
    let schema = tool.parameters.as_deref().map(|schema| schema.get());
    let schema = schema.and_then(|schema| serde_json::from_str::<Value>(schema).ok());
    match schema {
        Some(schema) if member(&schema, "properties").kind() == ValueKind::Map => {
            object(rules, &schema, 0)
        }
        _ => "object".to_owned(),
    }
}

fn member(value: &Value, name: &str) -> Value {
    value.get_attr(name).unwrap_or_default()
}

fn items(value: &Value) -> Vec<Value> {
    value.try_iter().into_iter().flatten().collect()
}

/// The rule of a schema.
fn of_schema(rules: &mut Rules, schema: &Value, depth: usize) -> String {
    if depth > DEPTH_MAX || rules.0.len() > RULES_MAX {
        return "value".to_owned();
    }
    let constant = member(schema, "const");
    if !constant.is_undefined() {
        return literal(&json(&constant));
    }
    let constants = items(&member(schema, "enum"));
    if !constants.is_empty() && constants.len() <= BRANCHES_MAX {
        let all: Vec<String> = constants.iter().map(|it| literal(&json(it))).collect();
        return rules.name(all.join(" | "));
    }
    for key in ["anyOf", "oneOf"] {
        let branches = items(&member(schema, key));
        if !branches.is_empty() && branches.len() <= BRANCHES_MAX {
            let all: Vec<String> = branches
                .iter()
                .map(|branch| of_schema(rules, branch, depth + 1))
                .collect();
            return rules.name(all.join(" | "));
        }
    }
    let kind = member(schema, "type");
    if kind.kind() == ValueKind::Seq {
        let all: Vec<String> = items(&kind)
            .iter()
            .take(BRANCHES_MAX)
            .map(|kind| of_type(rules, kind.as_str().unwrap_or_default(), schema, depth))
            .collect();
        return rules.name(all.join(" | "));
    }
    of_type(rules, kind.as_str().unwrap_or_default(), schema, depth)
}

fn of_type(rules: &mut Rules, kind: &str, schema: &Value, depth: usize) -> String {
    match kind {
        "string" | "integer" | "number" | "boolean" | "null" => kind.to_owned(),
        "array" => {
            let inner = member(schema, "items");
            let item = if inner.kind() == ValueKind::Map {
                of_schema(rules, &inner, depth + 1)
            } else {
                "value".to_owned()
            };
            let needed = member(schema, "minItems").as_i64().unwrap_or(0) > 0;
            let optional = if needed { "" } else { "?" };
            let body = format!(r#""[" ws ( {item} ( ws "," ws {item} )* ){optional} ws "]""#);
            rules.name(body)
        }
        "object" if member(schema, "properties").kind() == ValueKind::Map => {
            object(rules, schema, depth)
        }
        "object" => "object".to_owned(),
        _ => "value".to_owned(),
    }
}

/// An object: its required members in their order, then any of the others in theirs.
fn object(rules: &mut Rules, schema: &Value, depth: usize) -> String {
    let properties = member(schema, "properties");
    let names = items(&properties);
    if names.len() > BRANCHES_MAX {
        return "object".to_owned();
    }
    let required = items(&member(schema, "required"));
    let (mut needed, mut optional) = (Vec::new(), Vec::new());
    for name in &names {
        let inner = properties.get_item(name).unwrap_or_default();
        let rule = of_schema(rules, &inner, depth + 1);
        let key = literal(&quote(name.as_str().unwrap_or_default()));
        let pair = rules.name(format!(r#"{key} ws ":" ws {rule}"#));
        if required.contains(name) {
            needed.push(pair);
        } else {
            optional.push(pair);
        }
    }
    let comma = r#" ws "," ws "#;
    let further = |pairs: &[String]| -> String {
        pairs
            .iter()
            .map(|pair| format!(" ({comma}{pair} )?"))
            .collect()
    };
    let inside = if needed.is_empty() {
        // Any of them may be the first.
        let firsts: Vec<String> = (0..optional.len())
            .map(|at| format!("{}{}", optional[at], further(&optional[at + 1..])))
            .collect();
        if firsts.is_empty() {
            String::new()
        } else {
            format!(" ( {} )?", firsts.join(" | "))
        }
    } else {
        format!(" {}{}", needed.join(comma), further(&optional))
    };
    rules.name(format!(r#""{{" ws{inside} ws "}}""#))
}

fn json(value: &Value) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text as a terminal of the grammar.
fn literal(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\x{:02X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn grammar(schema: &str) -> String {
        let tool = Tool {
            name: "f".to_owned(),
            description: None,
            parameters: RawValue::from_string(schema.to_owned()).ok(),
        };
        let grammar = of_calls(&[tool], false);
        let own = grammar.split("ws ::=").next().unwrap();
        own.lines().skip(2).collect::<Vec<_>>().join("\n")
    }

    fn arguments_of(grammar: &str) -> &str {
        let call = grammar.lines().find(|line| line.starts_with("call-0 ::="));
        let rest = call.unwrap().split(r#""\"arguments\"" ws ":" ws "#).nth(1);
        rest.unwrap().split(' ').next().unwrap()
    }

    #[test]
    fn schemas_become_rules() {
        for (schema, want) in [
            (r#"{}"#, vec![]),
            (r#"{"type":"object"}"#, vec![]),
            (
                r#"{"properties":{"city":{"type":"string"}},"required":["city"]}"#,
                vec![
                    r#"r0 ::= "\"city\"" ws ":" ws string"#,
                    r#"r1 ::= "{" ws r0 ws "}""#,
                ],
            ),
            (
                r#"{"properties":{"b":{"enum":["x",1]},"a":{"type":["null","integer"]}}}"#,
                vec![
                    r#"r0 ::= "\"x\"" | "1""#,
                    r#"r1 ::= "\"b\"" ws ":" ws r0"#,
                    r#"r2 ::= null | integer"#,
                    r#"r3 ::= "\"a\"" ws ":" ws r2"#,
                    r#"r4 ::= "{" ws ( r1 ( ws "," ws r3 )? | r3 )? ws "}""#,
                ],
            ),
            (
                r#"{"properties":{"l":{"type":"array","items":{"const":"\n"},"minItems":1},
                    "o":{"type":"object","properties":{}}},"required":["o"]}"#,
                vec![
                    r#"r0 ::= "[" ws ( "\"\\n\"" ( ws "," ws "\"\\n\"" )* ) ws "]""#,
                    r#"r1 ::= "\"l\"" ws ":" ws r0"#,
                    r#"r2 ::= "{" ws ws "}""#,
                    r#"r3 ::= "\"o\"" ws ":" ws r2"#,
                    r#"r4 ::= "{" ws r3 ( ws "," ws r1 )? ws "}""#,
                ],
            ),
            (
                r##"{"properties":{"x":{"$ref":"#/y"}},"required":["x"]}"##,
                vec![
                    r#"r0 ::= "\"x\"" ws ":" ws value"#,
                    r#"r1 ::= "{" ws r0 ws "}""#,
                ],
            ),
        ] {
            let grammar = grammar(schema);
            let rules: Vec<&str> = grammar.lines().filter(|it| it.starts_with('r')).collect();
            assert_eq!(rules, want, "{schema}");
            let last = want
                .last()
                .map_or("object", |rule| rule.split(' ').next().unwrap());
            assert_eq!(arguments_of(&grammar), last, "{schema}");
        }
    }

    /// A schema that would be endless is cut short.
    #[test]
    fn schemas_have_limits() {
        let mut deep = String::from("{}");
        for _ in 0..50 {
            deep = format!(r#"{{"type":"array","items":{deep}}}"#);
        }
        let schema = format!(r#"{{"properties":{{"a":{deep}}}}}"#);
        assert!(grammar(&schema).lines().count() < 30);
        let wide: Vec<String> = (0..500).map(|n| format!(r#""p{n}":{{}}"#)).collect();
        let schema = format!(r#"{{"properties":{{{}}}}}"#, wide.join(","));
        assert_eq!(arguments_of(&grammar(&schema)), "object");
    }
}
