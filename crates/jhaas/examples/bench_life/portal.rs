//! How soon a portal answers, and what it holds after many requests.

use std::time::{Duration, Instant};

use jhaas_hubapi::http::{ClientOptions, client};

use crate::{
    Args,
    machine::{Place, until},
    table::{Table, median},
};

const REQUESTS: usize = 1000;
/// Pages that everyone may see.
const PAGES: [&str; 3] = ["/", "/sign-in", "/help"];

pub(crate) async fn measure(args: &Args, table: &mut Table) {
    let http = client(&ClientOptions::default()).unwrap();
    let (mut starts, mut memory, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    // The first one warms up and does not count.
    for number in 0..=args.runs {
        let place = Place::new().await;
        let base = format!("http://localhost:{}", place.port);
        let begin = Instant::now();
        let portal = place.serve(&args.jhaas, &["--with-dispatcher"]);
        until("the portal's answer", Duration::from_millis(1), async || {
            http.get(&base).send().await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
        let start = begin.elapsed().as_secs_f64() * 1e3;
        let begin = Instant::now();
        for request in 0..REQUESTS {
            let answer = http.get(format!("{base}{}", PAGES[request % PAGES.len()])).send().await.unwrap();
            assert!(answer.status().is_success(), "{}: {}", answer.url(), answer.status());
            answer.bytes().await.unwrap();
        }
        if number > 0 {
            starts.push(start);
            #[expect(clippy::cast_precision_loss, reason = "a thousand is exact")]
            rates.push(REQUESTS as f64 / begin.elapsed().as_secs_f64());
            memory.push(portal.memory_mb());
        }
    }
    table.at_most("portal: start to the first answer", median(starts), 150.0, "ms");
    table.at_most("portal: memory after 1,000 requests", median(memory), 60.0, "MB");
    table.note(format!("pages for visitors, one after the other: {:.0} a second", median(rates)));
}
