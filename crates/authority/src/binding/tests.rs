use super::*;
use crate::model::audience::{ProofPolicy, RequiredFor};
use crate::model::client::SecretSent;
use crate::model::tests::{Key, audience, confidential, held, public};

/// What comes of one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Unbound,
    Bound,
    /// The client insists, and showed no key.
    ClientRefuses,
    /// The audience insists, and no key was shown.
    AudienceRefuses,
    /// The client insists, and the audience cannot.
    Impossible,
}

use Cell::*;

struct Row {
    /// Whether the userinfo endpoint is the only audience.
    userinfo: bool,
    /// `require_proof_of_possession`
    insists: bool,
    sent: bool,
    /// Without a policy, with one that allows, with one that requires.
    cells: [Cell; 3],
}

/// Auth0's issuance matrix, all eight rows by all three policies. The userinfo endpoint has no policy: its rows read
/// the same whatever some API says.
const MATRIX: [Row; 8] = [
    Row { userinfo: true, insists: false, sent: false, cells: [Unbound; 3] },
    Row { userinfo: true, insists: false, sent: true, cells: [Bound; 3] },
    Row { userinfo: true, insists: true, sent: false, cells: [ClientRefuses; 3] },
    Row { userinfo: true, insists: true, sent: true, cells: [Bound; 3] },
    Row { userinfo: false, insists: false, sent: false, cells: [Unbound, Unbound, AudienceRefuses] },
    Row { userinfo: false, insists: false, sent: true, cells: [Unbound, Bound, Bound] },
    Row { userinfo: false, insists: true, sent: false, cells: [ClientRefuses; 3] },
    Row { userinfo: false, insists: true, sent: true, cells: [Impossible, Bound, Bound] },
];

fn cell(client: &Client, target: &Target, sent: bool) -> Cell {
    let owner = held(Key::Owner);
    match bind(client, target, sent.then_some(&owner)) {
        Ok(Binding::Bearer) => Unbound,
        Ok(Binding::Key(key)) => {
            assert_eq!(key, *owner.thumbprint());
            Bound
        }
        Err(Refusal::BearerForbidden) => ClientRefuses,
        Err(Refusal::ProofRequired) => AudienceRefuses,
        Err(Refusal::AudienceCannotBind) => Impossible,
        Err(other) => panic!("no cell of the matrix: {other}"),
    }
}

fn clients(insists: bool) -> [Client; 2] {
    let adoption = if insists { Adoption::Require } else { Adoption::Allow };
    [
        Client { adoption, ..public("spa") },
        Client { adoption, ..confidential("m2m", "s", SecretSent::Either) },
    ]
}

fn check(policies: [ProofPolicy; 3], clients: impl Fn(&Row) -> Vec<Client>) {
    for row in &MATRIX {
        for (policy, expected) in policies.into_iter().zip(row.cells) {
            let target = if row.userinfo { Target::Userinfo } else { Target::Api(audience(policy)) };
            for client in clients(row) {
                let Row { userinfo, insists, sent, .. } = row;
                assert_eq!(
                    cell(&client, &target, *sent),
                    expected,
                    "userinfo {userinfo}, insists {insists}, sent {sent}, {policy:?}, {:?}",
                    client.confidentiality()
                );
            }
        }
    }
}

#[test]
fn every_cell_of_the_issuance_matrix_holds_for_public_and_confidential_clients() {
    let required = ProofPolicy::Required(RequiredFor::AllClients);
    check([ProofPolicy::None, ProofPolicy::Allowed, required], |row| clients(row.insists).into());
}

#[test]
fn required_for_public_clients_is_required_for_them() {
    let required = ProofPolicy::Required(RequiredFor::PublicClients);
    check([ProofPolicy::None, ProofPolicy::Allowed, required], |row| clients(row.insists)[..1].to_vec());
}

#[test]
fn required_for_public_clients_is_allowed_for_confidential_ones() {
    let lenient = ProofPolicy::Required(RequiredFor::PublicClients);
    for insists in [false, true] {
        let [_, client] = clients(insists);
        for sent in [false, true] {
            assert_eq!(
                cell(&client, &Target::Api(audience(lenient)), sent),
                cell(&client, &Target::Api(audience(ProofPolicy::Allowed)), sent)
            );
        }
    }
}
