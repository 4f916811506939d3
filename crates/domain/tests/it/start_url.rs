//! Where a server opens.

use jhaas_domain::{
    course::{Material, StartPage},
    git_url::GitUrl,
};

use crate::policy::spec;

#[test]
fn a_server_opens_where_the_course_says_and_fetches_the_material_first() {
    let mut course = spec(10, 500, 512, 1024, 1, 10);
    let mut opens = |page: StartPage, material: Option<Material>| {
        course.start_page = page;
        course.material = material;
        course.start_url()
    };
    let app = StartPage::App { path: "/rstudio/{name}".to_owned() };
    let notebook = StartPage::MaterialNotebook { path: "week 1/${1+1}.ipynb".to_owned() };
    let url = GitUrl::parse("https://git.university.example/python/course.git", false).unwrap();
    let material = Material { url, branch: None, folder: None };
    let branch =
        Material { branch: Some("summer".to_owned()), folder: Some("here".to_owned()), ..material.clone() };
    assert_eq!(opens(StartPage::Lab, None), "/lab");
    assert_eq!(opens(StartPage::Notebook, None), "/tree");
    assert_eq!(opens(app, None), "/rstudio/%7Bname%7D", "JupyterHub replaces what stands in braces");
    let repo = "repo=https%3A%2F%2Fgit.university.example%2Fpython%2Fcourse.git";
    assert_eq!(
        opens(StartPage::Lab, Some(material)),
        format!("/git-pull?{repo}&targetpath=course&urlpath=lab")
    );
    let target = "urlpath=lab%2Ftree%2Fhere%2Fweek+1%2F%24%257B1%2B1%257D.ipynb";
    assert_eq!(
        opens(notebook, Some(branch)),
        format!("/git-pull?{repo}&targetpath=here&{target}&branch=summer")
    );
}
