//! Rights against a table that is written as people read it: who may, by role in the portal or in the course.

use jhaas_domain::{
    account::Role,
    course::CourseRole,
    right::{Right, Standing, may},
};

/// Letters: `L` leader, `G` governance, `A` administrator of the portal; `l` leader, `c` co-leader, `a` assistant, `p`
/// participant of the course.
const TABLE: [(Right, &str); 31] = [
    (Right::RequestCourse, "L"),
    (Right::ReviseCourse, "lc"),
    (Right::CancelCourse, "Glc"),
    (Right::ChangeCourse, "lc"),
    (Right::EndCourse, "lc"),
    (Right::SeeCourse, "GAlcap"),
    (Right::SeeRequest, "GAlc"),
    (Right::DecideRequest, "G"),
    (Right::DecideChange, "G"),
    (Right::SeeCapacity, "GA"),
    (Right::StopCourse, "GA"),
    (Right::Invite, "lc"),
    (Right::Announce, "lc"),
    (Right::SeeParticipants, "lca"),
    (Right::ExportParticipants, "lc"),
    (Right::DecideApplication, "lca"),
    (Right::RemoveParticipant, "lc"),
    (Right::ImportRoster, "lc"),
    (Right::NameStaff, "lc"),
    (Right::RemoveLeader, "l"),
    (Right::FetchHome, "lcap"),
    (Right::SeeServers, "lca"),
    (Right::ControlServers, "lca"),
    (Right::SeeDeployments, "Alc"),
    (Right::RetryDeployment, "A"),
    (Right::ForceDegrade, "A"),
    (Right::ManagePeople, "A"),
    (Right::ManageSettings, "A"),
    (Right::SeeMailQueue, "A"),
    (Right::SeeAudit, "A"),
    (Right::SeeHealth, "A"),
];

const ROLES: [(Role, char); 3] = [(Role::Leader, 'L'), (Role::Governance, 'G'), (Role::Administrator, 'A')];
const COURSE_ROLES: [(Option<CourseRole>, Option<char>); 5] = [
    (None, None),
    (Some(CourseRole::Leader), Some('l')),
    (Some(CourseRole::CoLeader), Some('c')),
    (Some(CourseRole::Assistant), Some('a')),
    (Some(CourseRole::Participant), Some('p')),
];

#[test]
fn everybody_may_what_one_of_their_roles_may_and_nothing_else() {
    assert_eq!(TABLE.map(|(right, _)| right), Right::ALL);
    for (right, whom) in TABLE {
        for set in 0..8_usize {
            let held: Vec<_> = ROLES.iter().enumerate().filter(|(bit, _)| set & (1 << bit) != 0).collect();
            let roles: Vec<Role> = held.iter().map(|(_, (role, _))| *role).collect();
            for (course_role, letter) in COURSE_ROLES {
                let mut letters = held.iter().map(|(_, (_, letter))| *letter).chain(letter);
                let expected = letters.any(|letter| whom.contains(letter));
                let got = may(Standing { roles: &roles, course_role }, right);
                assert_eq!(got, expected, "{right:?} for {roles:?} and {course_role:?}");
            }
        }
    }
}
