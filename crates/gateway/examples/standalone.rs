//! The stand-alone gateway as a program of its own: `configurable-http-proxy`'s command line, nothing else.
#![expect(
    clippy::disallowed_methods,
    reason = "the token comes from the environment, as configurable-http-proxy has it"
)]

use clap::Parser;
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    args: jhaas_gateway::cli::Args,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Program::parse().args;
    let filter = EnvFilter::new(format!("jhaas_gateway={}", args.log_level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    Ok(jhaas_gateway::cli::run(args, std::env::var("CONFIGPROXY_AUTH_TOKEN").ok()).await?)
}
