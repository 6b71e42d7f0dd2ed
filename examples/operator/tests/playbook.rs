//! A plan carried out by `apply` and Ansible: hosts that are folders of this machine, with scripts for nodetool, the service and
//! the probe, so that order, resumption and refusals show.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking"
)]

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(unix)]
    return unix::main();
    #[cfg(not(unix))]
    test_support::Suite::new().run()
}

#[cfg(unix)]
mod unix {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;
    use std::fs;
    use std::net::TcpListener;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::{Path, PathBuf};
    use std::process::{Command, ExitCode, Output};

    use cassandra_props::Family;
    use cassandra_tls::bundle::{Manifest, Order as Bundles, PreviousState, prepare};
    use cassandra_tls::description::{Build, Description};
    use cassandra_tls::document::Schema;
    use cassandra_tls::input::{Digest, Name};
    use cassandra_tls::playbook::{Order, PLAN, Program, Rendered, render, write};
    use cassandra_tls::state::{Facts, ObserveOptions, State, Unknown, observe};
    use rotation_planner::{
        Action, Activation, ClientAuth, Goal, Observed, Plaintext, Plan, Preference, Staging, plan,
    };
    use test_support::{Suite, Tool};

    const PLAYBOOK: Tool = Tool::Other("ansible-playbook");
    const LINT: Tool = Tool::Other("ansible-lint");
    const NODES: [&str; 2] = ["node0", "node1"];

    /// Cassandra 5.0's lines.
    const UPDATED: &str = "SSL certificates have been updated for server_encryption_options. Resetting the ssl contexts for \
        new connections.";
    const CONNECTED: &str = "/10.0.0.1:7000(/10.0.0.1:4711)->/10.0.0.2:7000-URGENT_MESSAGES-094f32ae successfully connected, \
        version = 12, framing = CRC, encryption =";
    const FAILED: &str = "Failed to hot reload the SSL Certificates! Please check the certificate files for \
        server_encryption_options.";

    pub(super) fn main() -> ExitCode {
        Suite::new()
            .test_where_found(
                "a_rotation_runs_in_the_plans_order_and_again_does_nothing",
                &[PLAYBOOK],
                runs_and_repeats,
            )
            .test_where_found("a_node_that_fails_stops_it_and_the_same_command_goes_on", &[PLAYBOOK], stops_and_goes_on)
            .test_where_found("in_the_middle_of_an_upgrade_each_node_loads_as_its_release", &[PLAYBOOK], upgrades)
            .test_where_found("a_run_stops_after_the_wave_that_it_is_told", &[PLAYBOOK], stops_until)
            .test_where_found("a_store_of_somebody_else_is_not_written_over", &[PLAYBOOK], refuses_strange_stores)
            .test_where_found("a_dry_run_changes_nothing", &[PLAYBOOK], dry_run)
            .test_where_found("links_are_refused", &[PLAYBOOK], refuses_links)
            .test_where_found(
                "root_does_nothing_in_folders_of_the_service",
                &[PLAYBOOK, Tool::Other("su")],
                works_as_owner,
            )
            .test_where_found("nothing_in_a_path_is_a_template", &[PLAYBOOK], obeys_no_path)
            .test_where_found("files_are_their_owners_work_and_restarts_are_roots", &[], least_privilege)
            .test_where_found(
                "a_reload_that_fails_in_the_log_alone_stops_the_run",
                &[PLAYBOOK],
                stops_where_a_reload_fails_in_the_log,
            )
            .test_where_found("a_reload_that_does_nothing_is_not_taken_for_one", &[PLAYBOOK], proves_reloads)
            .test_where_found("a_line_before_a_failure_proves_nothing", &[PLAYBOOK], believes_no_line_before_a_failure)
            .test_where_found("a_restart_that_restarts_nothing_is_not_taken_for_one", &[PLAYBOOK], proves_restarts)
            .test_where_found("what_a_node_trusts_is_proven_before_a_wave_depends_on_it", &[PLAYBOOK], proves_trust)
            .test_where_found("connections_are_proven_to_be_encrypted", &[PLAYBOOK], proves_encryption)
            .test_where_found("the_plan_is_verified_before_each_wave", &[PLAYBOOK], verifies_before_each_wave)
            .test_where_found(
                "a_plan_that_breaks_connections_runs_only_with_its_id",
                &[PLAYBOOK],
                breaks_nothing_unasked,
            )
            .test_where_found("a_plan_that_stops_a_node_runs_only_with_its_id", &[PLAYBOOK], stops_what_is_distrusted)
            .test("a_plan_that_stops_every_node_is_a_runbook", &[], stops_not_all)
            .test("a_plan_that_stops_nodes_one_after_the_other_is_a_playbook", &[], stops_one_after_the_other)
            .test_where_found("a_node_that_is_down_or_joins_is_started", &[PLAYBOOK], starts_what_is_down)
            .test_where_found(
                "a_host_that_is_lost_ends_the_run_with_what_is_done",
                &[PLAYBOOK, Tool::Other("ssh")],
                says_what_is_done,
            )
            .test_where_found("no_host_is_left_out", &[PLAYBOOK], leaves_out_no_host)
            .test_where_found("a_cut_cluster_is_repaired", &[PLAYBOOK], repairs_what_is_cut)
            .test_where_found("observing_fails_where_there_are_no_settings", &[PLAYBOOK], observes_loudly)
            .test_where_found("observing_finds_stores_where_the_settings_say", &[PLAYBOOK], observes_by_settings)
            .test_where_found("the_sites_variables_win", &[PLAYBOOK], the_sites_variables_win)
            .test("the_playbooks_are_the_same_for_any_number_of_nodes", &[], is_static)
            .test_where_found("the_collection_is_built", &[Tool::Other("ansible-galaxy")], is_built)
            .test_where_found("ansible_lint_finds_nothing", &[LINT], is_clean)
            .run()
    }

    /// Two hosts, the generation that they have, the one they are to have, and the playbook.
    struct Lab {
        folder: tempfile::TempDir,
        new: Manifest,
        plan: Plan,
        _listener: TcpListener,
    }

    impl Lab {
        fn new(cassandra: &str) -> Self {
            Self::with(cassandra, "bundles", |plan| plan)
        }

        /// With the bundles in this folder, and a plan that is changed so.
        fn with(cassandra: &str, bundles: &str, change: impl FnOnce(Plan) -> Plan) -> Self {
            Self::seen(cassandra, bundles, |_| {}, |state, manifest| change(rotation(state, manifest)))
        }

        /// With this plan, for a cluster that was seen otherwise than running with its files.
        fn seen(
            cassandra: &str,
            bundles: &str,
            see: impl FnOnce(&mut State),
            plan: impl FnOnce(&State, &Manifest) -> Plan,
        ) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path();
            let listener = TcpListener::bind("0.0.0.0:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            let nodes = NODES
                .iter()
                .zip(1..)
                .map(|(node, number)| format!("[[node]]\nname = \"{node}\"\naddress = \"127.0.0.{number}\"\n"));
            let toml = format!(
                "cassandra = \"{cassandra}\"\nclient_auth = false\nstaging = \"in_place\"\n{}",
                nodes.collect::<String>()
            );
            let description = Description::from_toml(&toml).unwrap();
            let dir = root.join(bundles);
            let order = |before: PreviousState| Bundles { before, ..Bundles::new(&description, &dir) };
            let (old, _) = prepare(&order(PreviousState::Nothing), &|_| {}).unwrap();
            let (new, manifest) = prepare(&order(PreviousState::Generation(old.clone())), &|_| {}).unwrap();
            let mut state = State::of_generation(&description, &old).unwrap();
            state.add_generation(&new, &manifest).unwrap();
            see(&mut state);
            let plan = plan(&state, &manifest);
            let order = Order {
                state: &state,
                plan: &plan,
                id: id(&state, &plan),
                printed: printed(&plan),
                generations: vec![new.clone(), old.clone()],
                trees: None,
                family: None,
                stores: &"/stores".parse().unwrap(),
                program: Program(root.join("probe")),
            };
            write(&render(&order).unwrap(), &root.join("play")).unwrap();
            let lab = Self { folder, new: manifest, plan, _listener: listener };
            for node in NODES {
                fs::create_dir_all(lab.host(node)).unwrap();
                for kind in ["keystore", "truststore"] {
                    fs::copy(old.join(node).join(format!("{kind}.{node}")), lab.host(node).join(kind)).unwrap();
                }
                fs::copy(lab.host(node).join("keystore"), lab.host(node).join("running")).unwrap();
                fs::write(lab.host(node).join("system.log"), "").unwrap();
                fs::write(lab.host(node).join("process"), process(7)).unwrap();
            }
            fs::write(lab.root().join("process"), process(1)).unwrap();
            lab.scripts(&[&old, &new]);
            lab.site(port);
            lab
        }

        fn root(&self) -> &Path {
            self.folder.path()
        }

        fn host(&self, node: &str) -> PathBuf {
            self.root().join("hosts").join(node)
        }

        /// nodetool shows all nodes up, except one that has a file `cut` until it has loaded something; the service loads the
        /// keystore, or stops, the probe tells whose certificate is loaded. A reload ends with 0 whatever comes of it: with a file
        /// `fails` it fails in the log alone, with `half` it says first that it worked, as 4.0 does, and with a file `looked` nothing
        /// is loaded if the keystore is not newer. A restart with a file `stuck` ends with 0 and restarts nothing; with a file `late` the node
        /// listens only after as many seconds. What is
        /// in `listens` and `dials` is logged instead of what a node would log. A node without a file `process` is down. A load with a file `last` is the last one before
        /// the other host is gone.
        fn scripts(&self, generations: &[&Path]) {
            let mut served = String::new();
            for folder in generations {
                for (node, bundle) in Manifest::read(folder).unwrap().nodes {
                    writeln!(served, "{} {}", bundle.files[&*format!("keystore.{node}")], bundle.identity).unwrap();
                }
            }
            fs::write(self.root().join("served"), served).unwrap();
            let root = self.root().display();
            let load = "test ! -e broken; cp -f keystore running; rm -f cut; if [ -e dials ]; then cat dials >>system.log; fi; \
                if [ -e last ]; then for other in ../*; do test $other = ../$1 || : >$other/gone; done; fi";
            self.script(
                "nodetool",
                &format!(
                    "set -e; cd {root}/hosts/$1; test -e process || {{ echo 'it is down' >&2; exit 1; }}; case $2 in \
                     status) for n in 1 2; do other=node$((n - 1)); state=UN; \
                     if [ $other != $1 ] && cat cut ../$other/cut >/dev/null 2>&1; then state=DN; fi; \
                     echo \"$state  127.0.0.$n  1 KiB  16  100%  id  ra1\"; done;; \
                     reloadssl) if [ -e half ]; then echo \"INFO {UPDATED}\" >>system.log; fi; \
                     if [ -e fails ] || [ -e half ]; then echo \"ERROR $3 {FAILED}\" >>system.log; exit 0; fi; \
                     if [ -e looked ] && [ ! keystore -nt looked ]; then exit 0; fi; \
                     {load}; echo \"INFO {UPDATED}\" >>system.log; echo \"$1 reload\" >>{root}/log;; \
                     cut) if [ -e dials ]; then cat dials; else echo \"INFO {CONNECTED} encrypted(factory=openssl)\"; fi >>system.log;; \
                     drain) if [ -e drains ]; then cat drains >>system.log; fi;; *) exit 3;; esac"
                ),
            );
            let started = "test -e process || cp ../../process process; read -r pid rest <process; \
                echo \"$((pid + 1)) $rest\" >process; \
                (if [ -e late ]; then sleep $(cat late); fi; \
                if [ -e listens ]; then cat listens; else echo 'INFO Starting Encrypted Messaging Service on SSL port 7001'; fi \
                >>system.log) >/dev/null 2>&1 &";
            self.script(
                "service",
                &format!(
                    "set -e; cd {root}/hosts/$1; test ! -e stuck || exit 0; \
                     if [ -n \"$2\" ]; then rm process; : >cut; echo \"$1 stop\" >>{root}/log; exit 0; fi; {load}; {started} echo \"$1 restart\" >>{root}/log"
                ),
            );
            self.script(
                "probe",
                &format!(
                    "if [ $1 = --present ]; then exit $2; fi; test $1 = --expect || exit 0; address=${{3%:*}}; node=node$((${{address##*.}} - 1)); \
                 grep -qx \"$(sha256sum {root}/hosts/$node/running | cut -d' ' -f1) $2\" {root}/served"
                ),
            );
        }

        fn script(&self, name: &str, body: &str) {
            let path = self.root().join(name);
            fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }

        fn site(&self, port: u16) {
            let owner = fs::metadata(self.root()).unwrap();
            let root = self.root().display();
            let host = format!("{root}/hosts/{{{{ inventory_hostname }}}}");
            let vars = format!(
                "---\nrot_settings: {root}/none/cassandra.properties\nrot_keystore: \"{host}/keystore\"\n\
                 rot_truststore: \"{host}/truststore\"\nrot_marker: \"{host}/marker\"\nrot_log: \"{host}/system.log\"\n\
                 rot_owner: \"{}\"\nrot_group: \"{}\"\n\
                 rot_nodetool: [{root}/nodetool, \"{{{{ rot_witness | default(inventory_hostname) }}}}\"]\n\
                 rot_restart: [{root}/service, \"{{{{ inventory_hostname }}}}\"]\n\
                 rot_stop: [{root}/service, \"{{{{ inventory_hostname }}}}\", stop]\nrot_port: {port}\n\
                 rot_probe: [{root}/probe]\nrot_probe_from_peer: {root}/probe\nrot_preflight: \"\"\n\
                 rot_cut_connections: [{root}/nodetool, \"{{{{ inventory_hostname }}}}\", cut]\n\
                 rot_process: [cat, \"{host}/process\"]\nrot_become: false\nrot_retries: 2\nrot_delay: 1\n",
                owner.uid(),
                owner.gid()
            );
            fs::write(self.root().join("play/site_vars.yml"), vars).unwrap();
            let hosts = NODES.iter().zip(1..).map(|(node, number)| {
                let gone = format!("lookup('ansible.builtin.fileglob', '{}/gone')", self.host(node).display());
                let connection = format!("\"{{{{ 'ssh' if {gone} else 'local' }}}}\"");
                format!("{node} ansible_connection={connection} ansible_port=1 ansible_host=127.0.0.{number}\n")
            });
            // PLAYBOOK_PYTHON names the Python of the hosts; otherwise it is Ansible's own.
            let python =
                std::env::var("PLAYBOOK_PYTHON").unwrap_or_else(|_| "{{ ansible_playbook_python }}".to_owned());
            let all = format!("[all:vars]\nansible_python_interpreter=\"{python}\"\n");
            fs::write(self.root().join("play/inventory"), hosts.collect::<String>() + &all).unwrap();
        }

        /// All waves that are left.
        fn play(&self, arguments: &[&str]) -> Output {
            let mut command = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
            command.args(["apply", "play", "--", "-i", "play/inventory"]).args(arguments);
            self.run(command)
        }

        /// The same, although the plan of this id breaks connections or stops nodes.
        fn play_accepting(&self, id: &str) -> Output {
            let mut command = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
            command.args(["apply", "play", "--accept-outage", id, "--", "-i", "play/inventory"]);
            self.run(command)
        }

        /// The plan's data.
        fn data(&self) -> serde_json::Value {
            serde_json::from_slice(&fs::read(self.root().join("play").join(PLAN)).unwrap()).unwrap()
        }

        fn id(&self) -> String {
            self.data()["plan"].as_str().unwrap().to_owned()
        }

        /// One playbook.
        fn playbook(&self, name: &str, arguments: &[&str]) -> Output {
            let mut command: Command = PLAYBOOK.command();
            command.args(["-i", "play/inventory", &format!("play/{name}")]).args(arguments);
            self.run(command)
        }

        fn run(&self, mut command: Command) -> Output {
            command.current_dir(self.root()).env("ANSIBLE_LOCALHOST_WARNING", "False").env("ANSIBLE_NOCOLOR", "1");
            command.env("ANSIBLE_PIPELINING", "True");
            command.env("ANSIBLE_HOME", self.root().join(".ansible")).output().unwrap()
        }

        /// The plan's data, changed.
        fn edit(&self, edit: impl FnOnce(&mut serde_json::Value)) {
            let file = self.root().join("play").join(PLAN);
            let mut plan = self.data();
            edit(&mut plan);
            fs::remove_file(&file).unwrap();
            fs::write(&file, plan.to_string()).unwrap();
        }

        /// What every visit of the plan is to prove.
        fn edit_visits(&self, edit: impl Fn(&mut serde_json::Value)) {
            self.edit(|plan| {
                let waves = plan["waves"].as_array_mut().unwrap().iter_mut();
                waves.flat_map(|wave| wave["visits"].as_array_mut().unwrap()).for_each(edit);
            });
        }

        /// What is said by a run that fails.
        fn fails(&self, arguments: &[&str]) -> String {
            let output = self.play(arguments);
            let said = text(&output);
            assert_eq!(output.status.code(), Some(2), "{said}");
            said
        }

        fn passes(&self) -> String {
            let output = self.play(&[]);
            let said = text(&output);
            assert!(output.status.success(), "{said}");
            said
        }

        fn log(&self) -> Vec<String> {
            fs::read_to_string(self.root().join("log")).unwrap_or_default().lines().map(str::to_owned).collect()
        }

        fn planned(&self) -> Vec<String> {
            let loads = self.plan.steps().filter_map(|step| match step.action() {
                // A start is the service's restart, too.
                Action::Activate(Activation::Restart) | Action::Start => Some(format!("{} restart", step.node())),
                Action::Stop => Some(format!("{} stop", step.node())),
                Action::Activate(Activation::Reload) => Some(format!("{} reload", step.node())),
                _ => None,
            });
            loads.collect()
        }

        /// The node that is loaded first, and in which wave.
        fn first_load(&self) -> (String, usize) {
            let loads = |step: &&rotation_planner::Step| matches!(step.action(), Action::Activate(_));
            let first = (1..).zip(self.plan.waves()).find_map(|(number, wave)| {
                wave.steps().iter().find(loads).map(|step| (step.node().as_str().to_owned(), number))
            });
            first.unwrap()
        }

        /// What comes before the first load of a node.
        fn planned_before(&self, node: &str) -> Vec<String> {
            self.planned().into_iter().take_while(|load| !load.starts_with(node)).collect()
        }

        /// Whether the node has the files of its last stage.
        fn is_at_last_stage(&self, node: &str) -> bool {
            let stage = self.data()["nodes"][node]["stages"].as_array().unwrap().last().unwrap().clone();
            let is = |kind: &str| stage[kind] == Digest::of(&fs::read(self.host(node).join(kind)).unwrap()).to_string();
            is("keystore") && is("truststore")
        }

        fn is_done(&self, node: &str) -> bool {
            let is = |kind: &str, file: String| {
                Digest::of(&fs::read(self.host(node).join(kind)).unwrap()) == self.new.nodes[node].files[&*file]
            };
            is("keystore", format!("keystore.{node}")) && is("truststore", format!("truststore-after.{node}"))
        }
    }

    /// What `rot_process` prints of the process of this id, which started at this tick.
    fn process(id: u32) -> String {
        format!("{id} 1000000 500 S {}{id}\n", "0 ".repeat(18))
    }

    fn printed(plan: &Plan) -> String {
        Schema::PLAN.write(&serde_json::json!({ "plan": plan })).unwrap()
    }

    fn text(output: &Output) -> String {
        [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
    }

    fn runs_and_repeats() {
        let lab = Lab::new("5.0");
        let passwords = NODES.map(|node| {
            fs::read_to_string(lab.root().join("bundles/g1").join(node).join("password")).unwrap().trim().to_owned()
        });
        let told = watched(&passwords, || lab.passes());
        assert!(!passwords.iter().any(|password| told.contains(password)));
        assert_eq!(lab.log(), lab.planned());
        assert!(NODES.iter().all(|node| lab.is_done(node)));
        let mode = fs::metadata(lab.host("node1").join("keystore")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o400);
        let again = lab.passes();
        assert_eq!(again.matches("changed=0").count(), 2, "{again}");
        assert_eq!(lab.log(), lab.planned());
        let kept = |node: &str| {
            let names = fs::read_dir(lab.host(node)).unwrap().map(|entry| entry.unwrap().file_name());
            names.filter(|name| name.to_string_lossy().contains(".before-")).count()
        };
        assert!(NODES.iter().all(|node| kept(node) == 2));
        assert!(lab.playbook("prune.yml", &[]).status.success());
        assert!(NODES.iter().all(|node| kept(node) == 0));
    }

    /// No command line of this machine has one of these words in it while something runs.
    fn watched<T>(secrets: &[String], run: impl FnOnce() -> T) -> T {
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watch = scope.spawn(|| {
                let mut seen = 0;
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
                    let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
                    for line in lines.map(|line| String::from_utf8_lossy(&line).into_owned()) {
                        seen += 1;
                        assert!(!secrets.iter().any(|secret| line.contains(secret)), "{line}");
                    }
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                seen
            });
            // The watch ends if the run fails, too.
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            assert!(watch.join().unwrap() > 100 || !cfg!(target_os = "linux"));
            result.unwrap_or_else(|failure| std::panic::resume_unwind(failure))
        })
    }

    fn stops_and_goes_on() {
        let lab = Lab::new("2.1");
        // The service of node1 does not come up.
        fs::write(lab.host("node1").join("broken"), "").unwrap();
        let said = lab.fails(&[]);
        assert!(said.contains("repair what failed, and run the same command again."), "{said}");
        assert_eq!(lab.log(), lab.planned_before("node1"));
        assert!(!lab.is_done("node0"), "nothing else is touched");
        fs::remove_file(lab.host("node1").join("broken")).unwrap();
        lab.passes();
        assert_eq!(lab.log(), lab.planned(), "no node is restarted twice for one thing");
        assert!(NODES.iter().all(|node| lab.is_done(node)));
    }

    /// node1 is upgraded: it reloads where node0 restarts, and before each wave the plan is verified for both ways of reading stores.
    fn upgrades() {
        let upgraded = |state: &mut State| {
            let build: Build = "5.0.8".parse().unwrap();
            let semantics = build.semantics(ClientAuth::Off).unwrap().with_staging(Staging::IN_PLACE);
            state.cluster.set_semantics("node1", semantics).unwrap();
            state.disks.get_mut("node1").unwrap().cassandra = Some(build);
        };
        let lab = Lab::seen("3.11.19", "bundles", upgraded, rotation);
        lab.passes();
        assert_eq!(lab.log(), lab.planned());
        let (restarts, reloads): (Vec<String>, Vec<String>) =
            lab.log().into_iter().partition(|line| line.ends_with("restart"));
        assert!(!restarts.is_empty() && restarts.iter().all(|line| line == "node0 restart"), "{restarts:?}");
        assert!(!reloads.is_empty() && reloads.iter().all(|line| line == "node1 reload"), "{reloads:?}");
        assert!(NODES.iter().all(|node| lab.is_done(node)));
    }

    fn stops_until() {
        let lab = Lab::new("2.1");
        let until = |wave: usize, arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
            command.args(["apply", "play", "--until", &wave.to_string(), "--", "-i", "play/inventory"]).args(arguments);
            let output = lab.run(command);
            (output.status.code(), text(&output))
        };
        let waves = lab.plan.waves().len();
        for wave in [0, waves + 1] {
            let (code, said) = until(wave, &[]);
            assert!(code == Some(3) && said.contains(&format!("the plan has waves 1 to {waves}")), "{said}");
        }
        let (code, said) = until(1, &["--check"]);
        let dry = format!("a dry run, nothing was changed; wave 1 of {waves} is next.");
        assert!(code == Some(0) && said.contains(&dry) && !said.contains("Wave 2"), "{said}");
        let (code, said) = until(2, &[]);
        let paused = format!("stopped by --until 2; this run carried out waves 1 to 2; wave 3 of {waves} is next.");
        assert!(code == Some(0) && said.contains(&paused), "{said}");
        assert_eq!(lab.log(), lab.planned()[..1]);
        let (code, said) = until(1, &[]);
        let past = format!("stopped by --until 1; this run carried out no wave; wave 3 of {waves} is next.");
        assert!(code == Some(0) && said.contains(&past), "{said}");
        lab.passes();
        assert_eq!(lab.log(), lab.planned());
    }

    fn refuses_strange_stores() {
        let lab = Lab::new("5.0");
        let truststore = lab.host("node1").join("truststore");
        fs::remove_file(&truststore).unwrap();
        fs::write(&truststore, b"made by somebody else").unwrap();
        let said = lab.fails(&[]);
        let has = format!("has the SHA-256 {}", Digest::of(b"made by somebody else"));
        let named = format!("node1: the truststore {}", truststore.display());
        assert!(said.contains(&named) && said.contains(&has) && said.contains("expected was"), "{said}");
        assert_eq!(fs::read(&truststore).unwrap(), b"made by somebody else");
        assert_eq!(lab.log(), [""; 0]);
    }

    /// Nothing is changed, and nothing of the file behind the link is told.
    fn refuses_links() {
        let lab = Lab::new("5.0");
        let secret = lab.root().join("secret");
        fs::write(&secret, "what only root may read").unwrap();
        let (store, marker) = (lab.host("node1").join("truststore"), lab.host("node1").join("marker"));
        let bytes = fs::read(&store).unwrap();
        let said = || {
            let output = lab.playbook("preflight.yml", &["-vvv"]);
            let said = text(&output);
            assert!(!said.contains("only root may read"), "{said}");
            (output.status.success(), said)
        };
        let refused = |what: &str| {
            let (passed, said) = said();
            assert!(!passed && said.contains("has another name, or is not a file"), "{what}: {said}");
        };
        fs::remove_file(&store).unwrap();
        std::os::unix::fs::symlink(&secret, &store).unwrap();
        refused("a link");
        fs::remove_file(&store).unwrap();
        std::os::unix::fs::symlink(lab.root().join("nowhere"), &store).unwrap();
        refused("a link to nothing");
        fs::remove_file(&store).unwrap();
        fs::write(&store, &bytes).unwrap();
        fs::hard_link(&store, lab.root().join("another-name")).unwrap();
        refused("a file with another name");
        // What an interrupted run leaves: the old file under its second name.
        fs::rename(lab.root().join("another-name"), lab.host("node1").join("truststore.before-0123456789ab")).unwrap();
        assert!(said().0);
        std::os::unix::fs::symlink(&secret, &marker).unwrap();
        refused("a marker that is a link");
        assert_eq!(lab.log(), [""; 0]);
    }

    /// The service's user owns the folders of its stores, here `nobody`, and turns one into a link to a folder of root's.
    fn works_as_owner() {
        const NOBODY: u32 = 65534;
        let lab = Lab::new("5.0");
        // Ansible's own may lie in a folder of root's.
        let python = "/usr/bin/python3";
        if fs::metadata(lab.root()).unwrap().uid() != 0 || !Path::new(python).exists() {
            eprintln!("SKIPPED root_does_nothing_in_folders_of_the_service: it takes root and {python}");
            return;
        }
        let own = |path: &Path| std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        fs::write(lab.root().join("log"), "").unwrap();
        for node in NODES {
            own(&lab.host(node));
            for file in ["keystore", "truststore", "running", "process", "system.log"] {
                own(&lab.host(node).join(file));
            }
        }
        own(&lab.root().join("log"));
        mode(lab.root(), 0o711);
        let site = lab.root().join("play/site_vars.yml");
        let vars = fs::read_to_string(&site).unwrap();
        let ours = format!("rot_become: true\nrot_owner: nobody\nrot_group: \"{NOBODY}\"\n");
        let theirs = |line: &&str| !["rot_become", "rot_owner", "rot_group"].iter().any(|name| line.starts_with(name));
        let kept: Vec<&str> = vars.lines().filter(theirs).collect();
        fs::write(&site, kept.join("\n") + "\n" + &ours).unwrap();
        let inventory = fs::read_to_string(lab.root().join("play/inventory")).unwrap();
        let inventory = inventory.replace("\"{{ ansible_playbook_python }}\"", python);
        let become_by = "ansible_become_method=su\nansible_become_flags=\"-s /bin/sh\"\n";
        fs::write(lab.root().join("play/inventory"), inventory + become_by).unwrap();
        // What root would follow.
        let roots = lab.root().join("roots");
        fs::rename(lab.host("node1"), lab.root().join("node1.mine")).unwrap();
        fs::create_dir(&roots).unwrap();
        for file in ["keystore", "truststore"] {
            fs::copy(lab.root().join("node1.mine").join(file), roots.join(file)).unwrap();
        }
        mode(&roots, 0o700);
        std::os::unix::fs::symlink(&roots, lab.host("node1")).unwrap();
        assert!(!lab.play(&[]).status.success());
        assert_eq!(fs::read_dir(&roots).unwrap().count(), 2);
        for file in ["keystore", "truststore"] {
            assert_eq!(fs::metadata(roots.join(file)).unwrap().uid(), 0);
            assert_eq!(
                fs::read(roots.join(file)).unwrap(),
                fs::read(lab.root().join("node1.mine").join(file)).unwrap()
            );
        }
        fs::remove_file(lab.host("node1")).unwrap();
        fs::rename(lab.root().join("node1.mine"), lab.host("node1")).unwrap();
        for (name, arguments) in [("preflight.yml", &[][..]), ("apply.yml", &["-e", "rot_wave=1"])] {
            let output = lab.playbook(name, arguments);
            assert!(output.status.success(), "{}", text(&output));
        }
        let put = |node: &str| {
            fs::read_dir(lab.host(node)).unwrap().any(|entry| {
                let entry = entry.unwrap();
                assert_eq!(entry.metadata().unwrap().uid(), NOBODY, "{}", entry.path().display());
                entry.file_name().to_string_lossy().contains(".before-")
            })
        };
        assert!(NODES.into_iter().any(put), "the first wave puts something");
    }

    /// A folder on the controller, and with it the source of every file.
    fn obeys_no_path() {
        let lab = Lab::with("5.0", "{{ lookup('pipe', 'touch PWNED') }}", |plan| plan);
        lab.passes();
        assert!(NODES.iter().all(|node| lab.is_done(node)));
        let everything = Command::new("find").arg(lab.root()).output().unwrap();
        assert!(!String::from_utf8_lossy(&everything.stdout).lines().any(|path| path.ends_with("/PWNED")));
    }

    /// The static files, by name.
    fn static_files() -> BTreeMap<String, String> {
        let root = tempfile::tempdir().unwrap();
        let files = enabling(root.path())
            .into_iter()
            .filter(|file| Path::new(&file.name).extension().is_some_and(|end| end == "yml"));
        files.map(|file| (file.name, String::from_utf8(file.bytes.to_vec()).unwrap())).collect()
    }

    /// Of all that runs on a host, restarts, stops and cuts alone run as root.
    fn least_privilege() {
        let (mut plays, mut as_root) = (0, Vec::new());
        for (name, text) in static_files() {
            // A play on the controller only compares what is known there.
            let on_hosts = text.matches("\n  hosts: ").count() - text.matches("\n  hosts: localhost\n").count();
            plays += on_hosts;
            let owners = text.matches("\n  become_user: \"{{ rot_user | default(rot_owner) }}\"\n").count();
            assert_eq!(on_hosts, owners, "{name}");
            let mut task = "";
            for line in text.lines() {
                task = line.trim_start().strip_prefix("- name: ").unwrap_or(task);
                if line.contains("become_user: root") {
                    as_root.push(task.to_owned());
                }
            }
        }
        as_root.sort();
        assert_eq!(
            (plays, as_root),
            (5, ["Cut the node's connections", "Restart the node", "Stop the node"].map(str::to_owned).to_vec())
        );
    }

    /// What a run says that it changed, as task and host. Hosts take files at once, and answer in any order: theirs is by host.
    fn changes(said: &str) -> Vec<(String, String)> {
        let (mut task, mut found) = ("", Vec::new());
        for line in said.lines() {
            if let Some(name) = line.strip_prefix("TASK [cassandra_tls.internode.rot : ") {
                task = name.split(']').next().unwrap();
            }
            if let Some(host) = line.strip_prefix("changed: [") {
                let host = host.split(']').next().unwrap().to_owned();
                let loads = ["Reload the stores", "Restart the node", "Say what a dry run leaves out"].contains(&task);
                found.push((if loads { "load" } else { task }.to_owned(), host));
            }
        }
        let is_of_files =
            |(task, _): &(String, String)| task.starts_with("Keep the old") || task.starts_with("Put the");
        for at_once in found.chunk_by_mut(|one, next| is_of_files(one) == is_of_files(next)) {
            if at_once.first().is_some_and(is_of_files) {
                at_once.sort_by(|(_, one), (_, other)| one.cmp(other));
            }
        }
        found
    }

    /// A dry run changes nothing, and announces just what the run then does.
    fn dry_run() {
        let lab = Lab::new("5.0");
        let contents = |lab: &Lab| {
            NODES.map(|node| ["keystore", "truststore"].map(|kind| fs::read(lab.host(node).join(kind)).unwrap()))
        };
        let before = contents(&lab);
        let output = lab.play(&["-CD"]);
        let said = text(&output);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("a dry run, nothing was changed; wave 1 of "), "{said}");
        assert_eq!(said.matches("would be made to reload its stores").count(), lab.planned().len(), "{said}");
        assert_eq!(contents(&lab), before);
        assert_eq!(lab.log(), [""; 0]);
        let announced = changes(&said);
        assert!(announced.len() >= 3 * lab.planned().len(), "{announced:?}");
        assert_eq!(announced, changes(&lab.passes()));
    }

    /// As Cassandra does from 4.1.4 on: the status is 0, the old stores stay in use.
    fn stops_where_a_reload_fails_in_the_log() {
        let lab = Lab::new("5.0");
        fs::write(lab.host("node1").join("fails"), "").unwrap();
        let said = lab.fails(&[]);
        assert!(said.contains("node1: the reload failed, the old stores stay in use"), "{said}");
        assert!(!lab.host("node1").join("marker").exists());
        assert_eq!(lab.log(), lab.planned_before("node1"), "nothing else is loaded");
        // A line of before proves nothing later.
        fs::remove_file(lab.host("node1").join("fails")).unwrap();
        lab.passes();
        assert_eq!(lab.log(), lab.planned());
        assert!(NODES.iter().all(|node| lab.is_done(node)));
    }

    /// As 4.0 says it: first that they are updated, then, once it has looked at them, that they are not.
    fn believes_no_line_before_a_failure() {
        let lab = Lab::new("4.0");
        fs::write(lab.host("node0").join("half"), "").unwrap();
        let said = lab.fails(&[]);
        assert!(said.contains("node0: the reload failed, the old stores stay in use"), "{said}");
        assert_eq!(lab.log(), lab.planned_before("node0"));
    }

    /// A service that ends with 0 may have started nothing, or something with other settings.
    fn proves_restarts() {
        let lab = Lab::new("2.1");
        fs::write(lab.host("node0").join("stuck"), "").unwrap();
        let said = lab.fails(&[]);
        assert!(said.contains("ended with 0, and the same process runs as before"), "{said}");
        assert_eq!(lab.log(), [""; 0]);
        fs::remove_file(lab.host("node0").join("stuck")).unwrap();
        fs::write(lab.host("node0").join("listens"), "INFO Starting Messaging Service on port 7000\n").unwrap();
        let said = lab.fails(&[]);
        assert!(said.contains("node0: it was started with other settings than the plan has"), "{said}");
        assert!(!lab.host("node0").join("marker").exists());
        fs::remove_file(lab.host("node0").join("listens")).unwrap();
        fs::write(lab.host("node0").join("late"), "4").unwrap();
        let said = lab.fails(&[]);
        assert!(said.contains("does not say that it listens"), "{said}");
        // Longer than anything else is waited for in a log.
        fs::write(lab.host("node0").join("late"), "13").unwrap();
        let output = lab.play(&["-e", "rot_retries=60"]);
        assert!(output.status.success(), "{}", text(&output));
        assert!(NODES.iter().all(|node| lab.is_done(node)));
    }

    /// The log says that the stores were loaded, and the node does not trust by them.
    fn proves_trust() {
        let lab = Lab::new("5.0");
        let refused = "ERROR Failed to handshake with peer /127.0.0.2:7000(/127.0.0.2:7000)\n";
        fs::write(lab.host("node0").join("dials"), refused).unwrap();
        let said = lab.fails(&[]);
        assert!(said.contains("does not say that it is connected by TLS again: ERROR Failed to handshake"), "{said}");
        assert!(!lab.host("node0").join("marker").exists());
        assert_eq!(lab.log(), ["node0 reload"], "no wave depends on it");
        // A cluster that asks for certificates.
        lab.edit_visits(|visit| {
            if visit["widens"] == true {
                visit["presents"] = "2".into();
            }
        });
        let said = lab.fails(&[]);
        assert!(said.contains("node0 does not accept the certificate of 2"), "{said}");
        lab.edit_visits(|visit| {
            if visit["presents"] == "2" {
                visit["presents"] = "0".into();
            }
        });
        lab.passes();
        assert!(NODES.iter().all(|node| lab.is_done(node)));
        let unproven = Lab::new("5.0");
        fs::write(unproven.host("node0").join("dials"), refused).unwrap();
        let output = unproven.play(&["-e", "{\"rot_accept_unproven\": [\"node0\"]}"]);
        assert!(output.status.success(), "{}", text(&output));
    }

    /// 5.0 with `optional: true` falls back to plaintext by itself, and a node must not stop taking it while it is used.
    fn proves_encryption() {
        let lab = Lab::new("5.0");
        lab.edit_visits(|visit| {
            visit["widens"] = false.into();
            visit["loaded"]["mode"] = "tls_accepting_plaintext".into();
        });
        fs::write(lab.host("node0").join("dials"), format!("INFO {CONNECTED} unencrypted\n")).unwrap();
        let said = lab.fails(&[]);
        assert!(said.contains("node0: ") && said.contains("does not say that its connections are encrypted"), "{said}");
        assert!(!lab.host("node0").join("marker").exists());
        lab.edit_visits(|visit| {
            visit["loaded"]["mode"] = "tls_only".into();
            visit["leaves_plaintext"] = true.into();
        });
        fs::remove_file(lab.host("node0").join("dials")).unwrap();
        let said = lab.fails(&[]);
        let peer = "node0 is connected in plaintext to /10.0.0.2:7000-URGENT_MESSAGES";
        assert!(said.contains(peer), "{said}");
        let encrypted = format!("INFO {CONNECTED} encrypted(factory=openssl)\n");
        let log = lab.host("node0").join("system.log");
        fs::write(&log, fs::read_to_string(&log).unwrap() + &encrypted).unwrap();
        lab.passes();
        // What a process that is drained still dials in plaintext says nothing about the next one.
        let restarted = Lab::new("2.1");
        restarted.edit_visits(|visit| visit["loaded"]["mode"] = "tls_accepting_plaintext".into());
        for node in NODES {
            let host = restarted.host(node);
            fs::write(host.join("drains"), format!("INFO {CONNECTED} unencrypted\n")).unwrap();
            fs::write(host.join("dials"), &encrypted).unwrap();
            fs::write(
                host.join("listens"),
                "INFO Listening on address: x, encryption: optionally encrypted(openssl)\n",
            )
            .unwrap();
        }
        restarted.passes();
    }

    /// A plan for which there is no safe order runs only with its id.
    fn breaks_nothing_unasked() {
        let lab = Lab::with("5.0", "bundles", out_of_order);
        let output = lab.play(&[]);
        let said = text(&output);
        let id = lab.id();
        let option = format!("--accept-outage {id}");
        assert!(output.status.code() == Some(3) && said.contains(&option), "{said}");
        assert_eq!(lab.play_accepting("0123456789ab").status.code(), Some(3));
        assert_eq!(lab.log(), [""; 0]);
        let output = lab.play_accepting(&id);
        assert!(output.status.success(), "{}", text(&output));
        // node0's second load would load the files of its first one.
        assert_eq!(lab.log(), ["node0 reload", "node1 reload", "node1 reload"]);
        assert!(NODES.iter().all(|node| lab.is_done(node)));
    }

    /// node1's key was stolen: it is down until node0 does not trust it any more.
    fn stops_what_is_distrusted() {
        let lab = Lab::seen("5.0", "bundles", |_| {}, quarantine);
        let said = text(&lab.play(&[]));
        let option = format!("--accept-outage {}", lab.id());
        assert!(said.contains(&format!("the plan stops node1 until a later wave: {option} ")), "{said}");
        assert_eq!(lab.log(), [""; 0]);
        let stopping = |place: &str, why: &str| {
            let said = text(&lab.play_accepting(&lab.id()));
            assert!(said.contains(&format!("stopped in {place}")) && said.contains(why), "{said}");
        };
        fs::write(lab.host("node1").join("stuck"), "").unwrap();
        stopping("apply.yml; this run carried out no wave", "ended with 0, and a process still runs");
        fs::remove_file(lab.host("node1").join("stuck")).unwrap();
        fs::write(lab.host("node0").join("fails"), "").unwrap();
        stopping("apply.yml; this run carried out wave 1", "node0: the reload failed");
        fs::remove_file(lab.host("node0").join("fails")).unwrap();
        assert_eq!(lab.log(), ["node1 stop"]);
        // It was started by hand, with its old key. A plan that cuts pairs anyway expects it to be down, too.
        let started = lab.host("node1").join("process");
        fs::write(&started, process(7)).unwrap();
        for breaks in [serde_json::Value::Null, "pairs are cut".into()] {
            lab.edit(|plan| plan["breaks"] = breaks);
            stopping("verification", "node1 runs, but the plan expects it to be down until wave 3");
            stopping("verification", "observe the cluster and plan again");
        }
        lab.edit(|plan| plan["breaks"] = serde_json::Value::Null);
        fs::remove_file(started).unwrap();
        let output = lab.play_accepting(&lab.id());
        assert!(output.status.success(), "{}", text(&output));
        assert_eq!(lab.log(), lab.planned());
        assert!(NODES.iter().all(|node| lab.is_at_last_stage(node)));
        assert!(lab.play_accepting(&lab.id()).status.success());
        assert_eq!(lab.log(), lab.planned());
    }

    /// Without another node no other can be asked whether one is up.
    fn stops_not_all() {
        let folder = tempfile::tempdir().unwrap();
        let nodes = NODES.iter().zip(1..);
        let nodes =
            nodes.map(|(node, number)| format!("[[node]]\nname = \"{node}\"\naddress = \"127.0.0.{number}\"\n"));
        let toml = format!("cassandra = \"5.0.8\"\nclient_auth = false\n{}", nodes.collect::<String>());
        let description = Description::from_toml(&toml).unwrap();
        fs::write(folder.path().join("cluster.toml"), toml).unwrap();
        let dir = folder.path().join("bundles");
        let order = |before: PreviousState| Bundles { before, ..Bundles::new(&description, &dir) };
        let (old, _) = prepare(&order(PreviousState::Nothing), &|_| {}).unwrap();
        prepare(&order(PreviousState::Generation(old)), &|_| {}).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        command.current_dir(folder.path()).args(["plan", "--cluster", "cluster.toml", "distrust", "node0", "node1"]);
        command.args(["--at-once", "--fallback", "--previous", "bundles/g1", "--bundles", "bundles/g2"]);
        let output = command.args(["--playbook", "play"]).output().unwrap();
        let said = text(&output);
        assert!(
            output.status.code() == Some(3) && said.contains("leaves no node up, so a playbook has no node to ask"),
            "{said}"
        );
        assert!(!folder.path().join("play").exists());
    }

    /// node0 is stopped when node1 is up again.
    fn stops_one_after_the_other() {
        let both = |state: &State, manifest: &Manifest| {
            let mut plan = serde_json::to_value(quarantine(state, manifest)).unwrap();
            let mut targets = state.targets(manifest).unwrap().into_iter();
            let (_, new) = targets.find(|(node, _)| *node == "node0").unwrap();
            let wave = |actions: Vec<serde_json::Value>| {
                let step =
                    |action| serde_json::json!({"node": "node0", "action": action, "purpose": [], "waits_for": []});
                serde_json::json!({"steps": actions.into_iter().map(step).collect::<Vec<_>>(), "gates": []})
            };
            let waves = plan["waves"].as_array_mut().unwrap();
            waves.push(wave(vec!["stop".into()]));
            waves.push(wave(vec![serde_json::json!({"stage_identity": new}), "start".into()]));
            serde_json::from_value(plan).unwrap()
        };
        let lab = Lab::seen("5.0", "bundles", |_| {}, both);
        let data = lab.data();
        let waves = data["waves"].as_array().unwrap().iter();
        let visits: Vec<&serde_json::Value> = waves.flat_map(|wave| wave["visits"].as_array().unwrap()).collect();
        let of = |load: &str| visits.iter().filter(|visit| visit["load"] == load).count();
        assert_eq!([of("stop"), of("start")], [2, 2]);
    }

    fn rotation(state: &State, manifest: &Manifest) -> Plan {
        let goal = Goal::rotate(state.targets(manifest).unwrap()).dropping_unused();
        plan(&state.cluster, &goal, &Preference::default()).unwrap()
    }

    /// What `distrust node1 --at-once --fallback` plans.
    fn quarantine(state: &State, manifest: &Manifest) -> Plan {
        let targets = state.targets(manifest).unwrap().into_iter().filter(|(node, _)| *node == "node1");
        let refusal = plan(&state.cluster, &Goal::quarantine(targets), &Preference::default()).unwrap_err();
        refusal.fallback().unwrap().plan().clone()
    }

    /// node0's new key comes before node1 trusts it.
    fn out_of_order(plan: Plan) -> Plan {
        let mut plan = serde_json::to_value(plan).unwrap();
        plan["waves"].as_array_mut().unwrap().swap(1, 3);
        serde_json::from_value(plan).unwrap()
    }

    /// It has its stores, and no gate waits for it before its wave: it is down, or is about to join.
    fn starts_what_is_down() {
        for observed in [Observed::stopped, Observed::joining] {
            let down = |state: &mut State| {
                let disk = state.cluster.get(&"node1".into()).unwrap().observed().disk().clone();
                state.cluster.observe("node1", observed(disk)).unwrap();
            };
            let lab = Lab::seen("5.0", "bundles", down, rotation);
            assert!(lab.plan.steps().any(|step| *step.action() == Action::Start));
            fs::remove_file(lab.host("node1").join("process")).unwrap();
            fs::write(lab.host("node1").join("cut"), "").unwrap();
            let process_file = lab.host("node1").join("process");
            fs::write(&process_file, process(7)).unwrap();
            let said = lab.fails(&[]);
            assert!(said.contains("node1 runs, but the plan expects it to be down until wave "), "{said}");
            fs::remove_file(process_file).unwrap();
            lab.passes();
            assert_eq!(lab.log(), lab.planned());
            assert!(NODES.iter().all(|node| lab.is_done(node)));
        }
    }

    /// What is left of a plan is judged again before each wave.
    fn verifies_before_each_wave() {
        let lab = Lab::with("5.0", "bundles", out_of_order);
        lab.edit(|plan| {
            assert!(plan["breaks"].is_string());
            plan["breaks"] = serde_json::Value::Null;
        });
        let output = lab.playbook("apply.yml", &["-e", "rot_wave=1"]);
        assert!(output.status.success(), "{}", text(&output));
        let loaded = lab.log();
        let said = lab.fails(&[]);
        assert!(said.contains("stopped in verification; this run carried out no wave; wave 2 of "), "{said}");
        assert!(said.contains("observe the cluster and plan again"), "{said}");
        assert_eq!(lab.log(), loaded);
        // Steps that are not the plan's.
        fs::remove_file(lab.root().join("play/plan.json")).unwrap();
        fs::write(lab.root().join("play/plan.json"), "{}").unwrap();
        let output = lab.play(&[]);
        let said = text(&output);
        assert!(output.status.code() == Some(3) && said.contains("is not the file from which"), "{said}");
    }

    /// It is gone while another host is worked on.
    fn says_what_is_done() {
        let lab = Lab::new("5.0");
        let output = lab.playbook("apply.yml", &["-e", "rot_wave=1"]);
        assert!(output.status.success(), "{}", text(&output));
        assert_eq!(fs::read_to_string(lab.root().join("play/done.txt")).unwrap(), "node0\nnode1\n");
        let (first, wave) = lab.first_load();
        fs::write(lab.host(&first).join("last"), "").unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_cassandra-tls"));
        command.args(["apply", "play", "--json", "--", "-i", "play/inventory"]);
        let output = lab.run(command);
        let said = text(&output);
        assert!(output.status.code() == Some(2) && said.contains("UNREACHABLE"), "{said}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        // Its peer cannot be asked about it.
        let stopped = serde_json::json!({"wave": wave, "done": [], "left": [first]});
        assert_eq!((&report["stopped_in"], &report["next"]), (&stopped, &wave.into()), "{said}");
        assert_eq!(lab.log().len(), 1);
        for node in NODES {
            let _ = fs::remove_file(lab.host(node).join("gone"));
        }
        fs::remove_file(lab.host(&first).join("last")).unwrap();
        lab.passes();
        // What was not proven is done again.
        assert_eq!(lab.log(), [vec![format!("{first} reload")], lab.planned()].concat());
    }

    /// As Cassandra does before 4.1.4: it loads what has another modification time than when it looked last.
    fn proves_reloads() {
        let lab = Lab::new("5.0");
        let looked = lab.host("node0").join("looked");
        let later = fs::File::create(&looked).unwrap();
        later.set_modified(std::time::SystemTime::now() + std::time::Duration::from_secs(3600)).unwrap();
        let said = lab.fails(&[]);
        assert!(said.contains("does not say that anything was reloaded"), "{said}");
        assert_eq!(lab.log(), lab.planned_before("node0"));
        // Times that a copy kept, or that a look has spent: the stores are touched.
        later.set_modified(std::time::SystemTime::now()).unwrap();
        lab.passes();
        assert_eq!(lab.log(), lab.planned());
        let unproven = Lab::new("5.0");
        fs::remove_file(unproven.host("node0").join("system.log")).unwrap();
        let said = unproven.fails(&[]);
        assert!(said.contains("its reload cannot be proven"), "{said}");
        let output = unproven.play(&["-e", "{\"rot_accept_unproven\": [\"node0\"]}"]);
        assert!(output.status.success(), "{}", text(&output));
    }

    fn leaves_out_no_host() {
        let lab = Lab::new("5.0");
        let said = lab.fails(&["--limit", "node1"]);
        assert!(said.contains("left out by --limit: node0"), "{said}");
        assert!(
            said.contains("Run the same command without --limit") && !said.contains("same command again"),
            "{said}"
        );
        let output = lab.playbook("apply.yml", &["-e", "rot_wave=1", "--limit", "node1"]);
        assert!(text(&output).contains("was left out by --limit"), "{}", text(&output));
        fs::write(lab.root().join("play/inventory"), "stranger ansible_connection=local\n").unwrap();
        let output = lab.play(&[]);
        let said = text(&output);
        assert!(output.status.code() == Some(3) && said.contains("checked no host"), "{said}");
        assert_eq!(lab.log(), [""; 0]);
    }

    /// Neither node sees the other, and no gate waits for that until both have loaded what repairs it.
    fn repairs_what_is_cut() {
        let lab = Lab::new("5.0");
        for node in NODES {
            fs::write(lab.host(node).join("cut"), "").unwrap();
        }
        let said = lab.fails(&[]);
        assert!(said.contains("node0 does not see as up: DN  127.0.0.2"), "{said}");
        assert!(said.contains("Waited for 2 s"), "{said}");
        // As a plan says it that begins with repairs.
        lab.edit(|plan| plan["cuts"][0]["pairs"] = serde_json::json!({"node0": ["node1"], "node1": ["node0"]}));
        lab.passes();
        assert_eq!(lab.log(), lab.planned());
        assert!(NODES.iter().all(|node| lab.is_done(node)));
    }

    fn observes_loudly() {
        let lab = Lab::new("5.0");
        let output = lab.playbook("observe.yml", &[]);
        let said = text(&output);
        let missing = format!("node0: there are no settings at {}/none/cassandra.properties (", lab.root().display());
        assert!(!output.status.success() && said.contains(&missing), "{said}");
        fs::write(lab.root().join("play/inventory"), "node0 ansible_connection=local\nstranger\n").unwrap();
        let output = lab.playbook("observe.yml", &[]);
        let said = text(&output);
        assert!(!output.status.success() && said.contains("the inventory has no node1: "), "{said}");
        assert!(!said.contains("there are no settings"), "no host is looked at: {said}");
    }

    /// The stores have names of their own, and one node has no truststore.
    fn observes_by_settings() {
        let lab = Lab::new("5.0");
        let site = lab.root().join("play/site_vars.yml");
        let vars = fs::read_to_string(&site).unwrap();
        let others = vars.lines().filter(|line| {
            !["rot_keystore:", "rot_truststore:", "rot_settings:"].iter().any(|name| line.starts_with(name))
        });
        let host = format!("{}/hosts/{{{{ inventory_hostname }}}}", lab.root().display());
        let own = format!(
            "rot_settings: \"{host}/of-{{{{ inventory_hostname }}}}\"\nrot_program: {}\n",
            env!("CARGO_BIN_EXE_cassandra-tls")
        );
        fs::write(&site, format!("{}\n{own}", others.collect::<Vec<_>>().join("\n"))).unwrap();
        for node in NODES {
            let prefix = Family::ServerEncryption.prefix();
            let of = |kind: &str| lab.host(node).join(format!("{kind}.edge"));
            let lines = ["keystore", "truststore"].map(|kind| {
                fs::rename(lab.host(node).join(kind), of(kind)).unwrap();
                format!("{prefix}{kind}={}\n{prefix}{kind}_password=secret\n", of(kind).display())
            });
            fs::write(
                lab.host(node).join(format!("of-{node}")),
                format!("{prefix}internode_encryption=all\n{}", lines.concat()),
            )
            .unwrap();
        }
        fs::remove_file(lab.host("node1").join("truststore.edge")).unwrap();
        let output = lab.playbook("observe.yml", &[]);
        assert!(output.status.success(), "{}", text(&output));
        for (node, trusts) in [("node0", true), ("node1", false)] {
            let tree = lab.root().join("play/collected").join(node);
            let collected = |kind: &str| {
                let path = lab.host(node).join(format!("{kind}.edge"));
                tree.join(path.strip_prefix("/").unwrap()).is_file()
            };
            assert_eq!([collected("keystore"), collected("truststore")], [true, trusts], "{node}");
            let facts = fs::read_to_string(tree.join(".observed.json")).unwrap();
            let changed = serde_json::from_str::<Facts>(&facts).unwrap().changed;
            assert_eq!(changed.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, trusts], "{facts}");
        }
    }

    /// What the plan knows is a default.
    fn the_sites_variables_win() {
        let lab = Lab::new("5.0");
        lab.edit(|plan| {
            for node in NODES {
                plan["nodes"][node]["keystore"] = "/elsewhere/keystore".into();
            }
        });
        let output = lab.playbook("preflight.yml", &[]);
        assert!(output.status.success(), "{}", text(&output));
        // Not where the plan writes the path into the settings.
        lab.edit(|plan| plan["edits_settings"] = true.into());
        let said = text(&lab.playbook("preflight.yml", &[]));
        assert!(said.contains("node0: the plan has its keystore at /elsewhere/keystore"), "{said}");
    }

    /// What a plan is about stands in its data alone.
    fn is_static() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("ansible");
        let files = static_files();
        assert!(files.len() > 20, "{:?}", files.keys());
        for (name, text) in files.iter().filter(|(name, _)| !name.starts_with("site_vars")) {
            let inside = name.strip_prefix("collections/ansible_collections/cassandra_tls/internode/");
            let file = inside.map_or_else(|| root.join("playbooks").join(name), |inside| root.join(inside));
            assert_eq!(*text, fs::read_to_string(file).unwrap(), "{name}");
        }
    }

    fn is_built() {
        let folder = tempfile::tempdir().unwrap();
        let mut galaxy: Command = Tool::Other("ansible-galaxy").command();
        galaxy.args(["collection", "build", "--output-path"]).arg(folder.path());
        galaxy.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("ansible"));
        test_support::output(galaxy.env("ANSIBLE_HOME", folder.path().join("home")));
        let built = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(built.into_iter().any(|name| name.to_string_lossy().ends_with(".tar.gz")));
    }

    fn is_clean() {
        let lab = Lab::new("2.1");
        let role = "collections/ansible_collections/cassandra_tls/internode/roles/rot";
        let files = ["observe.yml", "preflight.yml", "apply.yml", "prune.yml", "site_vars.yml", role];
        lint(&lab.root().join("play"), &files);
    }

    /// A playbook that changes settings, too.
    fn enabling(root: &Path) -> Vec<Rendered> {
        let toml = "cassandra = \"5.0\"\nclient_auth = false\n[[node]]\nname = \"node0\"\naddress = \"127.0.0.1\"\n\
                    [[node]]\nname = \"node1\"\naddress = \"127.0.0.2\"\n";
        let description = Description::from_toml(toml).unwrap();
        let dir = root.join("bundles");
        let bundles = Bundles::new(&description, &dir);
        let (folder, manifest) = prepare(&bundles, &|_| {}).unwrap();
        for node in ["node0", "node1"] {
            fs::create_dir_all(root.join("trees").join(node)).unwrap();
            fs::write(root.join("trees").join(node).join("cassandra.properties"), "conf_cassandra_num_tokens=4\n")
                .unwrap();
        }
        let look = ObserveOptions {
            description: &description,
            trees: &root.join("trees"),
            settings: Some(&"/cassandra.properties".parse().unwrap()),
            family: None,
            generations: std::slice::from_ref(&folder),
            unknown: Unknown::HasLoadedItsFiles,
            served: &BTreeMap::new(),
            vouched: &[],
        };
        let state = observe(&look).unwrap().state;
        let goal = Goal::enable(state.targets(&manifest).unwrap(), Plaintext::Refused);
        let plan = plan(&state.cluster, &goal, &Preference::default()).unwrap();
        let order = Order {
            state: &state,
            plan: &plan,
            id: id(&state, &plan),
            printed: printed(&plan),
            generations: vec![folder.clone()],
            trees: Some(look.trees),
            family: None,
            stores: &"/stores".parse().unwrap(),
            program: Program(root.join("cassandra-tls")),
        };
        render(&order).unwrap()
    }

    fn id(state: &State, plan: &Plan) -> Name {
        let nodes =
            cassandra_tls::plan::changes(&state.cluster, Some(plan), &BTreeMap::new(), Some(&state.certificates));
        cassandra_tls::plan::id(plan, &nodes).unwrap()
    }

    fn lint(folder: &Path, files: &[&str]) {
        let mut lint: Command = LINT.command();
        lint.current_dir(folder).args(["--offline", "--profile", "production", "--nocolor"]).args(files);
        let output = lint.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    }
}
