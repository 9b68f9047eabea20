//! The written grammar against the parser: productions are parser functions, words are keywords, operators are rows,
//! and sentences made from the grammar parse.

use std::collections::{BTreeMap, BTreeSet};

use calypso::syntax::operators::OPERATORS;
use calypso::syntax::{KEYWORDS, keyword, parse};
use libtest_mimic::Trial;

use crate::{root, tidy, trial};

/// One test per promise of `grammar/README.md`.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("grammar: productions are parser functions", productions_are_functions),
        trial("grammar: every name has a production", names_have_productions),
        trial("grammar: keywords are the keyword table", keywords_are_the_table),
        trial("grammar: words are keywords", words_are_keywords),
        trial("grammar: operators are rows", operators_are_rows),
        trial("grammar: sentences parse", sentences_parse),
    ]
}

/// The right side of a production.
#[derive(Clone, Debug)]
enum Rule {
    Name(String),
    Text(String),
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Optional(Box<Rule>),
    Repeated(Box<Rule>),
}

type Grammar = BTreeMap<String, Rule>;

fn read(file: &str) -> Grammar {
    let text = std::fs::read_to_string(root().join("grammar").join(file)).unwrap();
    let mut tokens = tokens(&text).into_iter().peekable();
    let mut grammar = Grammar::new();
    while let Some(name) = tokens.next() {
        assert_eq!(tokens.next().as_deref(), Some("="), "behind {name}");
        let rule = any(&mut tokens);
        assert_eq!(tokens.next().as_deref(), Some(";"), "at the end of {name}");
        assert!(grammar.insert(name.clone(), rule).is_none(), "{name} is there twice");
    }
    grammar
}

/// Names, signs, and texts between quotes; remarks and the ranges of tokens are left out.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' => rest.find("*/").unwrap() + 2,
            '"' => {
                let mut end = 1;
                while !rest[end..].starts_with('"') {
                    end += if rest[end..].starts_with('\\') { 2 } else { 1 };
                }
                end + 1
            }
            c if c.is_alphanumeric() => rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap(),
            _ => first.len_utf8(),
        };
        if !matches!(first, '/' | '.' | '^') {
            tokens.push(rest[..length].to_owned());
        }
        rest = rest[length..].trim_start();
    }
    tokens
}

type Stream = std::iter::Peekable<std::vec::IntoIter<String>>;

fn any(tokens: &mut Stream) -> Rule {
    let mut rules = vec![all(tokens)];
    while tokens.next_if(|token| token == "|").is_some() {
        rules.push(all(tokens));
    }
    if rules.len() == 1 { rules.remove(0) } else { Rule::Any(rules) }
}

fn all(tokens: &mut Stream) -> Rule {
    let mut rules = Vec::new();
    while let Some(token) = tokens.next_if(|token| !matches!(token.as_str(), "|" | ";" | ")" | "]" | "}")) {
        rules.push(match token.as_str() {
            "(" => closed(tokens, ")"),
            "[" => Rule::Optional(Box::new(closed(tokens, "]"))),
            "{" => Rule::Repeated(Box::new(closed(tokens, "}"))),
            text if text.starts_with('"') => Rule::Text(text[1..text.len() - 1].to_owned()),
            name => Rule::Name(name.to_owned()),
        });
    }
    Rule::All(rules)
}

fn closed(tokens: &mut Stream, bracket: &str) -> Rule {
    let rule = any(tokens);
    assert_eq!(tokens.next().as_deref(), Some(bracket));
    rule
}

fn visit(rule: &Rule, each: &mut impl FnMut(&Rule)) {
    each(rule);
    match rule {
        Rule::Name(_) | Rule::Text(_) => {}
        Rule::All(rules) | Rule::Any(rules) => rules.iter().for_each(|rule| visit(rule, each)),
        Rule::Optional(rule) | Rule::Repeated(rule) => visit(rule, each),
    }
}

/// Everything between quotes in a production.
fn texts(rule: &Rule) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    visit(rule, &mut |rule| {
        if let Rule::Text(text) = rule {
            texts.insert(text.clone());
        }
    });
    texts
}

fn productions_are_functions() {
    let mut files = Vec::new();
    tidy::collect(&root().join("src/syntax"), "rs", &mut files);
    let mut functions = BTreeSet::new();
    for file in files {
        for part in std::fs::read_to_string(file).unwrap().split("fn ").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if let Some(production) = name.strip_prefix("parse_") {
                functions.insert(production.to_owned());
            } else if name.starts_with("opt_") {
                functions.insert(name);
            }
        }
    }
    let productions: BTreeSet<String> =
        read("kql.ebnf").into_keys().filter(|name| !name.starts_with("infix_")).collect();
    let difference: Vec<&String> = functions.symmetric_difference(&productions).collect();
    assert!(difference.is_empty(), "in only one of parser and grammar: {difference:?}");
}

fn names_have_productions() {
    let (grammar, tokens) = (read("kql.ebnf"), read("tokens.ebnf"));
    for (production, rule) in &grammar {
        visit(rule, &mut |rule| {
            if let Rule::Name(name) = rule {
                let known = grammar.contains_key(name) || tokens.contains_key(name);
                assert!(known, "{production} uses {name}, which has no production");
            }
        });
    }
}

fn keywords_are_the_table() {
    use calypso::syntax::Keyword::{Given, Name, Reserved, Special};

    let tokens = read("tokens.ebnf");
    for (production, class) in
        [("KEYWORD_NAME", Name), ("KEYWORD_GIVEN", Given), ("KEYWORD_SPECIAL", Special), ("KEYWORD_RESERVED", Reserved)]
    {
        let table = KEYWORDS.iter().filter(|(_, known)| *known == class).map(|(word, _)| (*word).to_owned()).collect();
        assert_eq!(texts(&tokens[production]), table, "{production}");
    }
}

fn words_are_keywords() {
    let local = texts(&read("tokens.ebnf")["word"]);
    for (production, rule) in read("kql.ebnf") {
        for text in texts(&rule).into_iter().filter(|text| text.contains(|c: char| c.is_alphabetic())) {
            assert!(keyword(&text).is_some() || local.contains(&text), "`{text}` in {production} is no keyword");
        }
    }
}

fn operators_are_rows() {
    let names: BTreeSet<String> = OPERATORS
        .iter()
        .flat_map(|row| std::iter::once(&row.name).chain(row.aliases))
        .map(|n| (*n).to_owned())
        .collect();
    let grammar = read("kql.ebnf");
    let written: BTreeSet<String> =
        texts(&grammar["operator"]).union(&texts(&grammar["operator_source"])).cloned().collect();
    assert_eq!(written, names);
}

/// What stands for a token in sentences, and for productions whose signs must be adjacent.
const SAMPLES: &[(&str, &[&str])] = &[
    ("IDENT", &["a", "b1", "_c", "$left"]),
    ("KEYWORD_NAME", &["access", "id"]),
    ("KEYWORD_GIVEN", &["title"]),
    ("KEYWORD_SPECIAL", &["kind"]),
    ("PLACEHOLDER", &["{p}"]),
    ("WILDCARD", &["*", "a*", "*_b*"]),
    ("DIRECTIVE", &["#connect x\n"]),
    ("LONG", &["5", "0xff", "long(null)"]),
    ("INT", &["int(5)"]),
    ("REAL", &["1.5", "1e3", "real(nan)"]),
    ("DECIMAL", &["decimal(1.5)"]),
    ("BOOL", &["true", "False", "bool(1)"]),
    ("TIMESPAN", &["1d", "2.5hours", "time(1.02:03:04)"]),
    ("DATETIME", &["datetime(2020-01-31)"]),
    ("GUID", &["guid(74be27de-1e4e-49d9-b579-fe0b331d3642)"]),
    ("RAW_GUID", &["74be27de-1e4e-49d9-b579-fe0b331d3642"]),
    ("STRING", &["\"x\"", "'y'", "@'\\z'", "h\"s\"", "```m```"]),
    ("TYPE", &["long", "string", "dynamic"]),
    ("OLD_TYPE", &["float"]),
    ("OPTION", &["hint.strategy", "kind"]),
    ("CHART", &["timechart", "piechart"]),
    ("WORD", &["show", "tables"]),
    ("properties", &["( )"]),
    ("signed_literal", &["5", "-5", "+1.5", "-1d", "\"x\" 'y'", "dynamic ( [ 1 , -2 ] )", "typeof ( long )", "{p}"]),
];

/// A generator of sentences.
struct Speaker {
    grammar: Grammar,
    heights: BTreeMap<String, usize>,
    random: u64,
}

impl Speaker {
    fn new() -> Self {
        let grammar = read("kql.ebnf");
        let mut speaker = Self { grammar, heights: BTreeMap::new(), random: 0x2545_f491_4f6c_dd1d };
        // The least height of each production; found when nothing changes any more.
        loop {
            let found: BTreeMap<String, usize> = speaker
                .grammar
                .iter()
                .filter_map(|(name, rule)| speaker.height(rule).map(|height| (name.clone(), height + 1)))
                .collect();
            if found == speaker.heights {
                return speaker;
            }
            speaker.heights = found;
        }
    }

    fn height(&self, rule: &Rule) -> Option<usize> {
        match rule {
            Rule::Text(_) | Rule::Optional(_) | Rule::Repeated(_) => Some(0),
            Rule::Name(name) if sample(name).is_some() => Some(0),
            Rule::Name(name) => self.heights.get(name).copied(),
            Rule::All(rules) => rules.iter().map(|rule| self.height(rule)).try_fold(0, |a, b| Some(a.max(b?))),
            Rule::Any(rules) => rules.iter().filter_map(|rule| self.height(rule)).min(),
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % limit.max(1) as u64) as usize
    }

    /// Adds words for a rule. Without budget left, the lowest way out is taken.
    fn say(&mut self, rule: &Rule, budget: usize, words: &mut Vec<String>) {
        match rule {
            Rule::Text(text) => words.push(text.clone()),
            Rule::Name(name) => match sample(name) {
                Some(samples) => words.push(samples[self.below(samples.len())].to_owned()),
                None => {
                    let rule = self.grammar[name].clone();
                    self.say(&rule, budget.saturating_sub(1), words);
                }
            },
            Rule::All(rules) => rules.iter().for_each(|rule| self.say(rule, budget, words)),
            Rule::Any(rules) => {
                let lowest = rules.iter().filter_map(|rule| self.height(rule)).min().unwrap();
                let fits = |rule: &&Rule| {
                    // `(a: …)` behind `let x =` is a list of parameters, which no context-free grammar can tell.
                    let colon = matches!(rule, Rule::All(parts) if matches!(&parts[..], [Rule::Text(t)] if t == ":"));
                    !colon && self.height(rule).is_some_and(|height| height <= budget.max(lowest))
                };
                let rules: Vec<&Rule> = rules.iter().filter(fits).collect();
                let chosen = rules[self.below(rules.len())];
                self.say(chosen, budget, words);
            }
            Rule::Optional(rule) | Rule::Repeated(rule) => {
                let most = if matches!(rule.as_ref(), Rule::Optional(_)) { 1 } else { 2 };
                let fits = self.height(rule).is_some_and(|height| height < budget);
                for _ in 0..if fits { self.below(most + 1).min(1) } else { 0 } {
                    self.say(rule, budget - 1, words);
                }
            }
        }
    }
}

fn sample(name: &str) -> Option<&'static [&'static str]> {
    SAMPLES.iter().find(|(known, _)| *known == name).map(|(_, samples)| *samples)
}

fn sentences_parse() {
    let mut speaker = Speaker::new();
    let Rule::Any(operators) = speaker.grammar["operator"].clone() else { panic!("operators are alternatives") };
    let mut starts: Vec<(&str, Rule)> = operators.into_iter().map(|rule| ("T |", rule)).collect();
    starts.push(("print", speaker.grammar["unnamed"].clone()));
    starts.extend((0..8).map(|_| ("", speaker.grammar["query"].clone())));
    for (start, rule) in starts {
        for round in 0..120 {
            let mut words = vec![start.to_owned()];
            speaker.say(&rule, round % 16, &mut words);
            let sentence = words.join(" ").trim().to_owned();
            let parsed = parse(&sentence);
            assert!(parsed.is_well_formed(), "{sentence}\n{:#?}", parsed.diagnostics);
        }
    }
}
