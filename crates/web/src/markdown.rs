//! Markdown of people as HTML that cannot harm: rendered, then reduced to what a text needs.

use std::collections::HashSet;

use ammonia::Builder;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

use crate::view::Markup;

/// Renders Markdown for a page whose own headings are the first two levels: a `#` becomes a heading of the third.
///
/// Images stay out: their addresses would tell a third party who reads the page.
#[must_use]
pub fn markdown(source: &str) -> Markup {
    rendered(source, 2)
}

/// Renders Markdown that is the whole text of a page: a `#` becomes a heading of the second level.
#[must_use]
pub fn markdown_page(source: &str) -> Markup {
    rendered(source, 1)
}

fn rendered(source: &str, above: usize) -> Markup {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let events = Parser::new_ext(source, options).map(|event| match event {
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level: lowered(level, above),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level, above))),
        // Written HTML is shown as the text it is.
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    });
    let mut rendered = String::with_capacity(source.len() * 2);
    html::push_html(&mut rendered, events);
    Markup::trusted(cleaner().clean(&rendered).to_string())
}

fn cleaner() -> Builder<'static> {
    let tags: HashSet<&str> = [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
    .into();
    let mut cleaner = Builder::new();
    cleaner
        .tags(tags)
        .tag_attributes([("a", ["href"].into()), ("ol", ["start"].into())].into())
        .generic_attributes(HashSet::new())
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(Some("nofollow noopener noreferrer"));
    cleaner
}

fn lowered(level: HeadingLevel, above: usize) -> HeadingLevel {
    HeadingLevel::try_from((level as usize + above).min(6)).unwrap_or(HeadingLevel::H6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_keeps_its_structure_below_the_page_s_headings() {
        let html =
            markdown("# Aim\n\nRead *data* & **draw**.\n\n1. one\n2. two\n\n|a|b|\n|-|-|\n|1|2|").to_string();
        assert!(html.contains("<h3>Aim</h3>"), "{html}");
        assert!(html.contains("<em>data</em> &amp; <strong>draw</strong>"), "{html}");
        assert!(html.contains("<ol>") && html.contains("<td>1</td>"), "{html}");
    }

    #[test]
    fn a_whole_page_begins_below_its_title() {
        assert_eq!(markdown_page("# One").as_str().trim(), "<h2>One</h2>");
        assert_eq!(markdown("###### Deep").as_str().trim(), "<h6>Deep</h6>");
    }

    #[test]
    fn links_lead_out_without_recommending() {
        let html = markdown("[material](https://git.example.org/x)").to_string();
        assert!(html.contains(r#"href="https://git.example.org/x""#), "{html}");
        assert!(html.contains(r#"rel="nofollow noopener noreferrer""#), "{html}");
    }

    #[test]
    fn hostile_descriptions_do_nothing() {
        for source in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg/onload=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](&#106;avascript:alert(1))",
            "[x](java\tscript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "[x](vbscript:msgbox)",
            "<javascript:alert(1)>",
            "![x](https://spy.example.org/p.png)",
            "![x](data:image/svg+xml;base64,PHN2Zz4=)",
            "[a]: javascript:alert(1)\n\n[a]",
            "<a href=\"https://x\" onclick=\"alert(1)\">x</a>",
            "<iframe src=//evil.example></iframe>",
            "<style>*{display:none}</style>",
            "<form action=//evil.example><input name=password>",
            "<div style=\"position:fixed\">x</div>",
            "```\" onmouseover=alert(1)\ncode\n```",
            "# x {onclick=alert(1) #main .top}",
            "[x](https://a.example \"\\\" onmouseover=alert(1)\")",
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
            "|<script>|\n|-|\n|</td><script>|",
        ] {
            let html = markdown(source).to_string();
            for (at, _) in html.match_indices('<') {
                let tag = &html[at..html[at..].find('>').map_or(html.len(), |end| at + end)];
                let name: String = tag[1..]
                    .trim_start_matches('/')
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .collect();
                assert!(
                    !["script", "img", "svg", "iframe", "style", "form", "input", "math", "div"]
                        .contains(&name.as_str()),
                    "{source}: {html}"
                );
                let tag = tag.to_ascii_lowercase();
                assert!(
                    !tag.contains("javascript:") && !tag.contains("data:") && !tag.contains("vbscript:"),
                    "{source}: {html}"
                );
                assert!(
                    !tag.contains(" on") && !tag.contains("style=") && !tag.contains(" id="),
                    "{source}: {html}"
                );
            }
        }
    }
}
