//! Attacks on the sandbox: none gets out, and each is told apart from other failures.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use oro::components::fs::PathGranted;
use oro::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Headless, alone, alone_with, check_cases_as, show};

/// What nobody inside may ever see.
const SECRET: &str = "the secret";

/// The attacks; see `cases/sandbox.json`. Each path is tried with each route of its kind.
#[derive(Deserialize)]
struct Attacks {
    /// Links inside, and what they say.
    links: BTreeMap<String, String>,
    paths: Vec<Attack>,
    routes: Vec<Attacked>,
    /// Calls during which entries are exchanged.
    races: Vec<Attacked>,
}

#[derive(Deserialize)]
struct Attack {
    /// `text`: its text leads out. `link`: a link on its way does. `final`: a link at its end does,
    /// so that only calls that follow it are attacks.
    kind: String,
    name: String,
    path: String,
    /// Where the way ends before it gets out.
    code: Option<String>,
}

#[derive(Deserialize)]
struct Attacked {
    route: String,
    params: Value,
    body: Option<String>,
    only: Option<Vec<String>>,
}

/// A folder that pages reach, beside one that they do not.
pub struct Scene {
    pub headless: Headless,
    pub outside: TempDir,
    pub window: Client,
}

impl Scene {
    pub fn new() -> Self {
        Self::with("")
    }

    /// With settings of its own.
    fn with(settings: &str) -> Self {
        let loaded = Config::builder().text("oro.toml", settings).load();
        let mut headless = Headless::with(loaded.unwrap().config);
        let outside = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let out = outside.path();
        fs::create_dir(out.join("dir")).unwrap();
        fs::write(out.join("secret"), SECRET).unwrap();
        fs::write(out.join("dir/secret"), SECRET).unwrap();
        fs::create_dir_all(headless.path("dir/deep")).unwrap();
        fs::write(headless.path("file"), "inside").unwrap();
        fs::write(headless.path("dir/secret"), "inside").unwrap();
        let window = Client::Window(headless.app.world_mut().spawn_empty().id());
        Self {
            headless,
            outside,
            window,
        }
    }

    fn fill(&self, text: &str) -> String {
        let inside = self.headless.dir.path().to_str().unwrap();
        text.replace("$in", inside)
            .replace("$out", self.outside.path().to_str().unwrap())
    }

    fn ask(&mut self, client: Client, route: &str, params: &Value, body: Option<&str>) -> Value {
        let body = body.map(|body| body.as_bytes().to_vec());
        let answer = self.headless.send(client, route, params, body);
        show(self.headless.wait(&answer))
    }

    /// All that is outside: paths, contents, modes and times.
    fn outside(&self) -> Vec<(PathBuf, u32, i64, u64, String)> {
        let mut all = Vec::new();
        let mut todo = vec![self.outside.path().to_owned()];
        while let Some(path) = todo.pop() {
            let meta = fs::symlink_metadata(&path).unwrap();
            let content = fs::read_to_string(&path).unwrap_or_default();
            if meta.is_dir() {
                todo.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            }
            all.push((path, meta.mode(), meta.mtime_nsec(), meta.nlink(), content));
        }
        all.sort();
        all
    }
}

fn attacks() -> Attacks {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/sandbox.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// Runs all attacks of the table; how many there were.
fn attack(scene: &mut Scene, client: Client) -> usize {
    let Attacks {
        links,
        paths,
        routes,
        ..
    } = attacks();
    for (name, target) in links {
        symlink(scene.fill(&target), scene.headless.path(&name)).unwrap();
    }
    let before = scene.outside();
    let mut failures = Vec::new();
    let mut count = 0;
    for attack in &paths {
        let path = scene.fill(&attack.path);
        for attacked in &routes {
            let only = attacked.only.as_ref();
            if only.is_some_and(|kinds| !kinds.contains(&attack.kind)) {
                continue;
            }
            count += 1;
            let filled = scene.fill(&attacked.params.to_string());
            let params = serde_json::from_str(&filled.replace("$path", &path)).unwrap();
            let got = scene.ask(client, &attacked.route, &params, attacked.body.as_deref());
            let err = &got["err"];
            let refused = err["type"] == "SecurityError"
                && err["code"] == "EACCES"
                && err["path"]
                    .as_str()
                    .is_some_and(|told| told.starts_with(&path));
            let ended = attack
                .code
                .as_ref()
                .is_some_and(|code| err["code"] == **code);
            let right = refused || ended;
            if !right || got.to_string().contains(SECRET) {
                failures.push(format!(
                    "{}: {} {params}\n  got {got}",
                    attack.name, attacked.route
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(scene.outside(), before);
    assert!(!Path::new(&scene.headless.path("new")).exists());
    count
}

#[test]
fn no_path_leads_out_of_the_sandbox() {
    let mut scene = Scene::new();
    let window = scene.window;
    assert!(attack(&mut scene, window) >= 1000);
    // another program reaches no more than a page
    attack(&mut Scene::new(), Client::Http(None));
    // the program itself is trusted, and who switches the sandbox off has none
    let secret = json!({ "path": scene.fill("$in/secret") });
    let read = |scene: &mut Scene, client| scene.ask(client, "fs.readFile", &secret, None);
    assert_eq!(read(&mut scene, Client::Host)["bytes"], SECRET);
    let mut open = Scene::with("filesystem_sandbox_enabled = false");
    let (window, secret) = (open.window, json!({ "path": open.fill("$out/secret") }));
    assert_eq!(
        open.ask(window, "fs.readFile", &secret, None)["bytes"],
        SECRET
    );
}

/// Makes the system answer `openat2` as one that does not know it, to this thread and to those
/// that it starts.
#[expect(
    unsafe_code,
    reason = "a filter of system calls is set by a system call"
)]
fn forget_openat2() {
    use libc::{BPF_ABS, BPF_JEQ, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W};
    let row = |code: u32, jt, jf, k| libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt,
        jf,
        k,
    };
    let number = u32::try_from(libc::SYS_openat2).unwrap();
    let errno = libc::SECCOMP_RET_ERRNO | u32::try_from(libc::ENOSYS).unwrap();
    let mut filter = [
        row(BPF_LD | BPF_W | BPF_ABS, 0, 0, 0),
        row(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number),
        row(BPF_RET | BPF_K, 0, 0, errno),
        row(BPF_RET | BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: 4,
        filter: filter.as_mut_ptr(),
    };
    // SAFETY: both calls read their arguments only; `program` and `filter` outlive them.
    let set = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
    assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
    let probe = rustix::fs::openat2(
        rustix::fs::CWD,
        ".",
        rustix::fs::OFlags::PATH,
        rustix::fs::Mode::empty(),
        rustix::fs::ResolveFlags::empty(),
    );
    assert_eq!(probe.unwrap_err(), rustix::io::Errno::NOSYS);
}

#[test]
fn a_system_without_openat2_keeps_them_in_as_well() {
    alone(
        "fs::sandbox::a_system_without_openat2_keeps_them_in_as_well",
        || {
            forget_openat2();
            let mut scene = Scene::new();
            let window = scene.window;
            attack(&mut scene, window);
            race(&mut Scene::new());
            follow_links_inside(&mut Scene::new());
            check_cases_as("fs", |app| {
                Client::Window(app.world_mut().spawn_empty().id())
            });
        },
    );
}

/// Exchanges two entries again and again, until it is dropped.
pub struct Swap(
    Option<std::thread::JoinHandle<()>>,
    std::sync::Arc<AtomicBool>,
);

impl Swap {
    pub fn begin(pairs: Vec<(PathBuf, PathBuf)>) -> Self {
        let stop = std::sync::Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let swap = move || {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            while !stopped.load(Ordering::Relaxed) {
                for (one, other) in &pairs {
                    // One of them may have been removed.
                    let _ = renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE);
                }
            }
        };
        Self(Some(std::thread::spawn(swap)), stop)
    }
}

impl Drop for Swap {
    fn drop(&mut self) {
        self.1.store(true, Ordering::Relaxed);
        drop(self.0.take().map(std::thread::JoinHandle::join));
    }
}

const ROUNDS: usize = 40;

/// Calls while a folder and a file inside are exchanged for links out, and for hard links of such.
fn race(scene: &mut Scene) {
    let at = |name: &str| scene.headless.dir.path().join(name);
    symlink(scene.outside.path(), at("folder-link")).unwrap();
    symlink(scene.outside.path().join("secret"), at("file-link")).unwrap();
    fs::hard_link(at("file-link"), at("hard-link")).unwrap();
    fs::create_dir_all(at("folder/dir")).unwrap();
    fs::create_dir_all(at("tree/a/b")).unwrap();
    symlink(scene.outside.path(), at("tree/a/link")).unwrap();
    for name in [
        "folder/secret",
        "folder/dir/secret",
        "entry",
        "hard",
        "tree/a/b/secret",
    ] {
        fs::write(at(name), "inside").unwrap();
    }
    let before = scene.outside();
    let pairs = [
        ("folder", "folder-link"),
        ("entry", "file-link"),
        ("hard", "hard-link"),
        ("tree/a/b", "tree/a/link"),
    ];
    let swap = Swap::begin(pairs.map(|(one, other)| (at(one), at(other))).into());
    let calls = attacks().races;
    let (mut inside, mut refused) = (0, 0);
    for _ in 0..ROUNDS {
        for Attacked {
            route,
            params,
            body,
            ..
        } in &calls
        {
            let params = serde_json::from_str(&scene.fill(&params.to_string())).unwrap();
            let got = scene.ask(scene.window, route, &params, body.as_deref());
            assert!(!got.to_string().contains(SECRET), "{route} {params}: {got}");
            inside += usize::from(got.get("err").is_none());
            refused += usize::from(got["err"]["type"] == "SecurityError");
        }
    }
    drop(swap);
    assert_eq!(scene.outside(), before);
    // or there was no race
    assert!(
        inside > ROUNDS && refused > ROUNDS,
        "{inside} went well, {refused} were refused"
    );
    // Removed at last, with links out in it.
    let tree = json!({"path": scene.fill("$in/tree"), "recursive": true});
    scene.ask(scene.window, "fs.rm", &tree, None);
    assert_eq!(scene.outside(), before);
}

#[test]
fn nothing_that_is_exchanged_during_a_call_leads_out() {
    race(&mut Scene::new());
}

fn follow_links_inside(scene: &mut Scene) {
    let inside = scene.headless.dir.path().to_owned();
    let links = [
        ("absolute", inside.join("dir")),
        ("relative", "dir".into()),
        ("chain", "absolute".into()),
        ("up", "dir/../dir/deep/..".into()),
        ("way", inside.join("up/../file")),
    ];
    for (name, target) in links {
        symlink(target, inside.join(name)).unwrap();
    }
    symlink("endless", inside.join("endless")).unwrap();
    let real = |name: &str| inside.join(name).to_str().unwrap().to_owned();
    for (path, want) in [
        ("absolute/secret", Ok("dir/secret")),
        ("relative/secret", Ok("dir/secret")),
        ("chain/secret", Ok("dir/secret")),
        ("up/secret", Ok("dir/secret")),
        ("way", Ok("file")),
        ("dir/deep/../../file", Ok("file")),
        ("endless", Err("ELOOP")),
        ("file/", Err("ENOTDIR")),
        ("file/x", Err("ENOTDIR")),
        ("absolute/none", Err("ENOENT")),
    ] {
        let params = json!({ "path": real(path) });
        let read = scene.ask(scene.window, "fs.readFile", &params, None);
        let path = scene.ask(scene.window, "fs.realpath", &params, None);
        match want {
            Ok(want) => assert_eq!(
                (&read["bytes"], &path["want"]["path"]),
                (&json!("inside"), &json!(real(want)))
            ),
            Err(code) => assert_eq!(
                (&read["err"]["code"], &path["err"]["code"]),
                (&json!(code), &json!(code)),
                "{params}"
            ),
        }
    }
    // A link at the end is the entry itself; with a slash it is what it leads to.
    let mut kind = |path: &str| {
        let params = json!({ "path": real(path) });
        let stat = scene.ask(scene.window, "fs.lstat", &params, None);
        let mode = stat["want"]["st_mode"]
            .as_str()
            .map(|mode| mode.parse::<u32>());
        mode.map_or(0, |mode| mode.unwrap() & 0o170_000)
    };
    assert_eq!(
        (kind("absolute"), kind("absolute/")),
        (0o120_000, 0o040_000)
    );
    // A page makes links to what it reaches, and through them.
    let link = json!({"src": "../file", "dest": real("absolute/link")});
    assert_eq!(
        scene.ask(scene.window, "fs.symlink", &link, None)["want"]["result"],
        0
    );
    assert_eq!(
        fs::read_to_string(inside.join("dir/link")).unwrap(),
        "inside"
    );
    let write = json!({ "path": real("chain/written") });
    scene.ask(scene.window, "fs.writeFile", &write, Some("through"));
    assert_eq!(
        fs::read_to_string(inside.join("dir/written")).unwrap(),
        "through"
    );
}

#[test]
fn links_are_followed_as_long_as_they_stay_inside() {
    follow_links_inside(&mut Scene::new());
}

#[test]
fn what_the_user_grants_is_reached_and_no_more() {
    let mut scene = Scene::new();
    let out = scene.outside.path().to_owned();
    symlink(out.join("dir"), out.join("alias")).unwrap();
    let ask = |scene: &mut Scene, route: &str, path: PathBuf| {
        let body = route.starts_with("fs.write").then_some(SECRET);
        let got = scene.ask(
            scene.window,
            route,
            &json!({"path": path, "recursive": true}),
            body,
        );
        let plain = scene.ask(scene.window, route, &json!({ "path": path }), body);
        let answer = if got["err"]["code"] == "ERR_INVALID_ARG" {
            plain
        } else {
            got
        };
        let err = answer["err"]["type"].as_str().map(str::to_owned);
        err.unwrap_or_else(|| "fine".to_owned())
    };
    let reads = |scene: &mut Scene, path: PathBuf| ask(scene, "fs.readFile", path);
    assert_eq!(reads(&mut scene, out.join("secret")), "SecurityError");
    let grant = |scene: &mut Scene, path: &Path| {
        let path = path.to_owned();
        scene.headless.app.world_mut().trigger(PathGranted { path });
    };
    // a single file: its content, not its name or its folder
    grant(&mut scene, &out.join("secret"));
    for (route, path, want) in [
        ("fs.readFile", out.join("secret"), "fine"),
        ("fs.writeFile", out.join("secret"), "fine"),
        ("fs.stat", out.join("secret"), "fine"),
        ("fs.lstat", out.join("secret"), "fine"),
        ("fs.readFile", out.join("secret/x"), "Error"),
        ("fs.unlink", out.join("secret"), "SecurityError"),
        ("fs.rm", out.join("secret"), "SecurityError"),
        ("fs.opendir", out.clone(), "SecurityError"),
        ("fs.readFile", out.join("dir/secret"), "SecurityError"),
        ("fs.readFile", out.join("secret2"), "SecurityError"),
    ] {
        assert_eq!(
            ask(&mut scene, route, path.clone()),
            want,
            "{route} {path:?}"
        );
    }
    // a folder, by the name that the user chose and by its own
    grant(&mut scene, &out.join("alias"));
    for (route, path, want) in [
        ("fs.readFile", out.join("alias/secret"), "fine"),
        ("fs.readFile", out.join("dir/secret"), "fine"),
        ("fs.opendir", out.join("alias/"), "fine"),
        ("fs.rmdir", out.join("dir"), "SecurityError"),
        ("fs.rm", out.join("dir"), "SecurityError"),
        ("fs.readFile", out.join("alias/../secret2"), "SecurityError"),
    ] {
        assert_eq!(
            ask(&mut scene, route, path.clone()),
            want,
            "{route} {path:?}"
        );
    }
    // who takes the place of what was granted is not let in
    fs::rename(out.join("dir"), out.join("old")).unwrap();
    symlink("/", out.join("dir")).unwrap();
    assert_ne!(reads(&mut scene, out.join("dir/etc/passwd")), "fine");
    assert_ne!(reads(&mut scene, out.join("alias/etc/passwd")), "fine");
}

#[test]
fn what_an_application_keeps_is_made_when_it_is_reached_for() {
    let home = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    alone_with(
        "fs::sandbox::what_an_application_keeps_is_made_when_it_is_reached_for",
        &[
            ("HOME", home.path()),
            ("XDG_CACHE_HOME", &home.path().join("cached")),
        ],
        || {
            let mut scene = Scene::with("[meta]\nbundle_identifier = 'app.oro.kept'");
            let paths = scene.headless.call("os.paths", json!({}))["want"].clone();
            for name in ["data", "config", "cache", "log"] {
                let folder = Path::new(paths[name].as_str().unwrap());
                assert!(folder.ends_with("app.oro.kept") || name == "log");
                let file = folder.join("a/b");
                let make = json!({"path": folder.join("a"), "mode": 0o700, "recursive": true});
                scene.ask(scene.window, "fs.mkdir", &make, None);
                let path = json!({ "path": file });
                let wrote = scene.ask(scene.window, "fs.writeFile", &path, Some("kept"));
                assert_eq!(wrote["want"]["result"], 4, "{name}: {wrote}");
                let mode = fs::metadata(folder).unwrap().mode() & 0o777;
                assert_eq!(mode, 0o700, "{name}");
                fs::remove_dir_all(folder).unwrap();
            }
            let home = json!({ "path": paths["home"] });
            let got = scene.ask(scene.window, "fs.opendir", &home, None);
            assert_eq!(got["err"]["type"], "SecurityError");
        },
    );
}

#[test]
fn what_the_program_has_open_is_not_for_other_programs() {
    let mut scene = Scene::new();
    let open = json!({"path": scene.fill("$out/secret"), "flags": 0, "mode": 0, "id": "1"});
    assert_eq!(
        scene.ask(Client::Host, "fs.open", &open, None)["want"]["id"],
        "1"
    );
    let read = json!({"id": "1", "size": 100});
    let got = scene.ask(Client::Http(None), "fs.read", &read, None);
    assert_eq!(got["err"]["code"], "ENOTOPEN");
    let got = scene.ask(
        Client::Http(None),
        "fs.getOpenDescriptors",
        &json!({}),
        None,
    );
    assert_eq!(got["want"], json!([]));
}

#[test]
fn deep_trees_are_removed_and_copied_with_few_descriptors() {
    let mut scene = Scene::new();
    // deeper than descriptors and paths reach
    let name = CString::new("directory").unwrap();
    let top = scene.headless.path("deep");
    fs::create_dir(&top).unwrap();
    let mut at = fs::File::open(&top).unwrap();
    for _ in 0..1500 {
        rustix::fs::mkdirat(&at, &name, rustix::fs::Mode::RWXU).unwrap();
        let flags = rustix::fs::OFlags::DIRECTORY;
        at = rustix::fs::openat(&at, &name, flags, rustix::fs::Mode::empty())
            .unwrap()
            .into();
    }
    let file = rustix::fs::openat(
        &at,
        "leaf",
        rustix::fs::OFlags::CREATE | rustix::fs::OFlags::WRONLY,
        rustix::fs::Mode::RWXU,
    );
    drop((file.unwrap(), at));
    let copy = json!({"src": top, "dest": scene.headless.path("copy"), "recursive": true});
    let got = scene.ask(scene.window, "fs.cp", &copy, None);
    assert_eq!(got["want"]["result"], 0, "{got}");
    let count = json!({"path": scene.headless.path("copy"), "recursive": true, "id": "1"});
    scene.ask(scene.window, "fs.opendir", &count, None);
    let all = scene.ask(
        scene.window,
        "fs.readdir",
        &json!({"id": "1", "entries": 9999}),
        None,
    );
    assert_eq!(all["want"].as_array().unwrap().len(), 1501);
    for name in ["deep", "copy"] {
        let rm = json!({"path": scene.headless.path(name), "recursive": true});
        let got = scene.ask(scene.window, "fs.rm", &rm, None);
        assert_eq!(got["want"]["result"], 0, "{got}");
        assert!(!Path::new(&scene.headless.path(name)).exists());
    }
}
