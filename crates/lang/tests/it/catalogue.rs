//! Every language has every key, with the same variables, in files without faults.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use fluent_syntax::{ast, parser};
use jhaas_lang::Lang;

/// Key → variables, and the file it stands in.
pub(crate) type Catalogue = BTreeMap<String, (BTreeSet<String>, String)>;

/// Patterns of dates take what they need: one language writes the month as a word, another as a number.
const FREE_CHOICE: &[&str] = &["date-short"];

fn folder(lang: Lang) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(lang.code())
}

pub(crate) fn catalogue(lang: Lang) -> Catalogue {
    let mut catalogue = Catalogue::new();
    for entry in fs::read_dir(folder(lang)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let source = fs::read_to_string(&path).unwrap();
        let resource = parser::parse(source).unwrap_or_else(|(_, errors)| {
            panic!("{} does not parse: {errors:#?}", path.display());
        });
        for entry in resource.body {
            match entry {
                ast::Entry::Message(message) => {
                    let key = message.id.name;
                    let mut variables = BTreeSet::new();
                    let value = message.value.unwrap_or_else(|| panic!("{key} in {name} has no text"));
                    in_pattern(&value, &mut variables);
                    let before = catalogue.insert(key.clone(), (variables, name.clone()));
                    assert!(before.is_none(), "{key} stands twice in {lang}: {name} and {before:?}");
                }
                ast::Entry::Junk { content } => panic!("junk in {name} of {lang}: {content}"),
                _ => {}
            }
        }
    }
    catalogue
}

fn in_pattern(pattern: &ast::Pattern<String>, variables: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let ast::PatternElement::Placeable { expression } = element {
            in_expression(expression, variables);
        }
    }
}

fn in_expression(expression: &ast::Expression<String>, variables: &mut BTreeSet<String>) {
    match expression {
        ast::Expression::Inline(inline) => in_inline(inline, variables),
        ast::Expression::Select { selector, variants } => {
            in_inline(selector, variables);
            for variant in variants {
                in_pattern(&variant.value, variables);
            }
        }
    }
}

fn in_inline(inline: &ast::InlineExpression<String>, variables: &mut BTreeSet<String>) {
    match inline {
        ast::InlineExpression::VariableReference { id } => {
            variables.insert(id.name.clone());
        }
        ast::InlineExpression::Placeable { expression } => in_expression(expression, variables),
        ast::InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                in_inline(argument, variables);
            }
        }
        _ => {}
    }
}

#[test]
fn every_language_says_everything_with_the_same_variables() {
    let english = catalogue(Lang::EN);
    let mut faults = Vec::new();
    for lang in Lang::all().filter(|lang| *lang != Lang::EN) {
        let other = catalogue(lang);
        for (key, (variables, file)) in &english {
            match other.get(key) {
                None => faults.push(format!("{lang}/{file} lacks {key}")),
                Some((theirs, _)) if theirs != variables && !FREE_CHOICE.contains(&key.as_str()) => {
                    faults.push(format!("{key}: en has {variables:?}, {lang} has {theirs:?}"));
                }
                Some((_, theirs)) if theirs != file => {
                    faults.push(format!("{key}: stands in en/{file} and in {lang}/{theirs}"));
                }
                Some(_) => {}
            }
        }
        let beyond = other.iter().filter(|(key, _)| !english.contains_key(*key));
        faults.extend(beyond.map(|(key, (_, file))| format!("en/{file} lacks {key}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_keys_that_the_library_lists_are_the_keys_of_the_files() {
    for lang in Lang::all() {
        let listed: BTreeSet<String> = jhaas_lang::keys(lang).map(str::to_owned).collect();
        let parsed: BTreeSet<String> = catalogue(lang).into_keys().collect();
        assert_eq!(listed, parsed, "{lang}");
    }
}
