// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_fields.h"
#include "control/configuration.h"
#include "ctl/config_commands.h"
#include "ctl/error_output.h"
#include "ctl/steering_commands.h"
#include "ctl/view_commands.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <functional>
#include <string_view>

namespace {

using namespace millrace::ctl;

/// A command that needs an engine.
using Command = std::function<int(Connection&)>;

struct Options {
    bool json = false;
    std::string control = millrace::config::defaultControlPath();
    std::string name, value, path, file, protocol, severity = "info";
    std::vector<std::string> assignments;
    std::uint64_t number = 0;
    std::uint32_t most = 0;
    double rate = 1;
    bool once = false, follow = false, openOnly = false, changed = false, markdown = false, noWait = false;
    Change how;
};

void addChangeOptions(CLI::App& command, Options& options)
{
    command.add_option("--base", options.how.base, "Refuse (exit 4) unless this revision is active");
    command.add_flag("--dry-run", options.how.dryRun, "Validate and show the changes without applying them");
    command.add_flag("--guarded", options.how.guarded,
                     "Revert it after half a minute to a minute if p99 or failures got worse");
    command.add_option("--comment", options.how.comment, "Comment stored with the revision");
}

/// Fills `chosen` (and `offline` for what needs no engine) when its command is on the command line.
void describe(CLI::App& app, Options& options, Command& chosen, std::function<int()>& offline)
{
    const auto command = [&](CLI::App& parent, const char* name, const char* help, Command work) {
        auto* added = parent.add_subcommand(name, help);
        added->fallthrough();
        added->callback([&chosen, work = std::move(work)] { chosen = work; });
        return added;
    };
    command(app, "status", "Version, addresses and state of the engine",
            [&](Connection& e) { return showStatus(e, options.json); });
    auto* top = command(app, "top", "Live figures",
                        [&](Connection& e) { return showTop(e, options.json, options.once, options.rate); });
    top->add_flag("--once", options.once, "Print once, then exit");
    top->add_option("--rate", options.rate, "Updates per second")->check(CLI::Range(0.2, 20.0))->capture_default_str();

    command(app, "models", "The models and their state", [&](Connection& e) { return showModels(e, options.json); });
    const auto named = [&](CLI::App* of, const char* what) {
        of->add_option("name", options.name, what)->required();
        return of;
    };
    const auto waits = [&](CLI::App* of) {
        of->add_flag("--no-wait", options.noWait, "Do not wait until it is complete");
    };
    waits(named(command(app, "load", "Load a model",
                        [&](Connection& e) { return loadModel(e, options.json, options.name, !options.noWait); }),
                "Model"));
    waits(named(command(app, "unload", "Unload a model",
                        [&](Connection& e) { return unloadModel(e, options.json, options.name, !options.noWait); }),
                "Model"));
    named(command(app, "pin", "Keep a model in memory",
                  [&](Connection& e) { return pinModel(e, options.json, options.name, true); }),
          "Model");
    named(command(app, "unpin", "Allow a model to be evicted again",
                  [&](Connection& e) { return pinModel(e, options.json, options.name, false); }),
          "Model");

    named(command(app, "idle-ttl", "Unload a model after a specific time without use",
                  [&](Connection& e) { return setIdleTtl(e, options.json, options.name, options.value); }),
          "Model")
        ->add_option("time", options.value, "Such as 90s, 5min or 2h; never; or default: as loader.idle_ttl_ms says")
        ->required();
    named(command(app, "preload", "Allow or prevent that a model is preloaded",
                  [&](Connection& e) { return setPreload(e, options.json, options.name, options.value == "on"); }),
          "Model")
        ->add_option("switch", options.value, "on; or off: it is loaded only when it is requested")
        ->check(CLI::IsMember({"on", "off"}))
        ->required();

    auto* requests = command(app, "requests", "Requests, newest first", [&](Connection& e) {
        return showRequests(e, options.json, options.openOnly, options.most);
    });
    requests->add_flag("--open", options.openOnly, "Only requests in flight");
    requests->add_option("--most", options.most, "Maximum number of requests");
    command(app, "cancel", "Cancel a request",
            [&](Connection& e) { return cancelRequest(e, options.json, options.number); })
        ->add_option("id", options.number, "Id as shown by requests")
        ->required();
    auto* events = command(app, "events", "Events, oldest first", [&](Connection& e) {
        return showEvents(e, options.json, options.follow, options.most, options.severity);
    });
    events->add_flag("--follow", options.follow, "Continue with new events as they happen");
    events->add_option("--most", options.most, "Maximum number of events");
    events->add_option("--severity", options.severity, "Minimum severity")
        ->check(CLI::IsMember({"info", "notice", "warning", "error"}))
        ->capture_default_str();

    const auto backend = [&](CLI::App* of) {
        named(of, "Backend");
        of->add_option("--protocol", options.protocol, "http or grpc; default: both")
            ->check(CLI::IsMember({"http", "grpc"}));
    };
    backend(command(app, "evict", "Close the idle connections of a backend",
                    [&](Connection& e) { return evictConnections(e, options.json, options.name, options.protocol); }));
    backend(command(app, "probe", "Health-check a backend (exit 1 if it is unhealthy)",
                    [&](Connection& e) { return probeBackend(e, options.json, options.name, options.protocol); }));
    named(command(app, "drain", "Send no new requests to a backend",
                  [&](Connection& e) { return drainBackend(e, options.json, options.name, true); }),
          "Backend");
    named(command(app, "undrain", "Send requests to a drained backend again",
                  [&](Connection& e) { return drainBackend(e, options.json, options.name, false); }),
          "Backend");
    command(app, "metrics", "Metrics in Prometheus text format",
            [&](Connection& e) { return showMetrics(e, options.json); });
    command(app, "shutdown", "Stop the engine once the requests in flight have finished",
            [&](Connection& e) { return shutdown(e, options.json); });

    auto& config = *app.add_subcommand("config", "Read and change the configuration while the engine runs");
    config.require_subcommand(1)->fallthrough();
    auto* get = command(config, "get", "A setting, a group, or the whole active configuration",
                        [&](Connection& e) { return getConfig(e, options.json, options.path, options.changed); });
    get->add_option("path", options.path, "Such as batcher.size_max or pool");
    get->add_flag("--changed", options.changed, "Only what differs from the defaults");
    auto* set = command(config, "set", "Change settings; nothing after the = resets one",
                        [&](Connection& e) { return setConfig(e, options.json, options.assignments, options.how); });
    set->add_option("assignments", options.assignments, "PATH=VALUE …")->required();
    addChangeOptions(*set, options);
    auto* apply = command(config, "apply", "Apply a whole file; settings that it leaves out get their defaults",
                          [&](Connection& e) { return applyConfig(e, options.json, options.file, options.how); });
    apply->add_option("file", options.file, "JSON, as config get writes it; - is standard input")->required();
    addChangeOptions(*apply, options);
    auto* diff = command(config, "diff", "What differs from the defaults, a revision or a file",
                         [&](Connection& e) { return diffConfig(e, options.json, options.number, options.file); });
    auto* against = diff->add_option("--revision", options.number, "Since this revision");
    diff->add_option("file", options.file, "What this file would change; - is standard input")->excludes(against);
    command(config, "history", "Revisions, newest first", [&](Connection& e) {
        return showRevisions(e, options.json, options.most);
    })->add_option("--most", options.most, "Maximum number of revisions");
    command(config, "rollback", "Activate the configuration of an earlier revision again",
            [&](Connection& e) { return rollback(e, options.json, options.number); })
        ->add_option("revision", options.number, "Number as shown by history")
        ->required();
    auto* schema = config.add_subcommand("schema", "All settings; needs no engine")->fallthrough();
    schema->add_flag("--markdown", options.markdown, "As the tables of the documentation");
    schema->callback([&] { offline = [&] { return showSchema(options.json, options.markdown); }; });
}

/// The error of a word that stands where a command should, and is none; OK: there is no such word.
millrace::Status unknownCommand(CLI::App& app, int argc, char** argv)
{
    CLI::App* at = &app;
    std::string path;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--control") ++i;
        if (word.empty() || word.front() == '-') continue;
        const auto all = at->get_subcommands([](CLI::App*) { return true; });
        if (all.empty()) break;
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&word](const CLI::App* command) { return command->get_name() == word; });
        if (found != all.end()) {
            at = *found;
            path += word + ' ';
            continue;
        }
        std::vector<std::string> names;
        for (const auto* command : all) names.push_back(command->get_name());
        const std::string near = millrace::config::nearest(word, names);
        return millrace::invalidArgument(
            "there is no command " + path + word +
            (near.empty() ? "; millracectl " + path + "--help names them" : "; did you mean " + path + near + "?"));
    }
    return absl::OkStatus();
}

/// Help and versions as they are; what is wrong as an error.
int usage(CLI::App& app, const CLI::ParseError& error, int argc, char** argv)
{
    if (error.get_exit_code() == 0) return app.exit(error) == 0 ? kDone : kUsage;
    const auto unknown = unknownCommand(app, argc, argv);
    if (!unknown.ok()) return printError(unknown, kUsage);
    if (!printsErrorsAsJson()) return app.exit(error) == 0 ? kDone : kUsage;
    return printError(millrace::invalidArgument(error.what()), kUsage);
}

int runProgram(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);  // "millracectl events --follow | head" ends by the failing write
    CLI::App app("Millrace's engine from a terminal.", "millracectl");
    Options options;
    Command command;
    std::function<int()> offline;
    app.require_subcommand(1);
    app.add_flag("--json", options.json, "Print JSON, for programs");
    app.add_option("--control", options.control, "Socket of the engine")->capture_default_str();
    app.set_version_flag("--version", "millracectl " MILLRACE_VERSION);
    app.footer("\n" + millrace::config::valueHelp() +
               "\n\nA figure that was not measured is shown as –; in JSON it is left out.\n"
               "Exit codes: 0 done; 1 failed or refused; 2 wrong command line; 3 no engine responds; "
               "4 another revision is active than --base says.");
    describe(app, options, command, offline);
    for (int i = 1; i < argc; ++i)  // before it is parsed, which may go wrong
        if (std::string_view(argv[i]) == "--json") printErrorsAsJson();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return usage(app, error, argc, argv);
    }
    if (offline) return offline();
    auto engine = Connection::open(options.control);
    if (!engine.ok()) return printError(engine.status(), kNotReachable);
    return command(**engine);
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        return runProgram(argc, argv);
    } catch (const std::exception& error) {
        return printError(millrace::internal(error.what()));
    }
}
