//! The portal: pages, sign-in, and the interface for programs.

pub mod assets;
pub mod brand;
pub mod components;
pub mod icons;
pub mod markdown;
pub mod pages;
pub mod problem;
pub mod security_headers;
pub mod view;
