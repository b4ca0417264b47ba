// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/process_setup.h"
#include "base/program_folder.h"
#include "engine.h"
#include "log.h"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

/// How jemalloc is set up, where it is linked (ADR 6); it reads this by its name. One thread does nearly all of the
/// allocating: more arenas would be half empty. What a peak left goes back to the system within a second, and what is
/// larger than a page (bodies, messages of batches) is not kept by each thread.
extern "C" __attribute__((visibility("default"))) const char* malloc_conf;
const char* malloc_conf =
    "narenas:1,background_thread:true,max_background_threads:1,dirty_decay_ms:1000,muzzy_decay_ms:0,lg_tcache_max:12,"
    "oversize_threshold:0";

namespace {

using namespace millrace;

constexpr std::uint32_t kFiles = 16384;  // limits.clients_max as it is at first, and as many to backends: 128 KiB

int refuse(const Status& status)
{
    std::fprintf(stderr, "millraced: %s\n", text(status).c_str());
    return 1;
}

void printReady(const Engine& engine)
{
    const auto at = engine.addresses();
    boost::json::object line{{"ready", true},
                             {"http", at.http},
                             {"grpc", at.grpc},
                             {"control", at.control},
                             {"pid", static_cast<std::int64_t>(::getpid())}};
    std::printf("%s\n", boost::json::serialize(line).c_str());
    std::fflush(stdout);
}

}  // namespace

static int runProgram(int argc, char** argv)
{
    CLI::App app("The engine of Millrace: a gateway between programs and inference servers.", "millraced");
    app.set_version_flag("--version", "millraced " MILLRACE_VERSION);
    std::string file, stateDir = config::defaultStateDir(), http, grpc, control, models, runtime;
    std::vector<std::string> assignments, firstStart;
    bool print = false;
    app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    app.add_option("--config", file, "configuration file (default: " + config::defaultConfigFile() + ", if it exists)");
    app.add_option("--state-dir", stateDir, "folder for revisions, history and learned data")->capture_default_str();
    app.add_option("--http", http, "HTTP address, such as 127.0.0.1:11500; port 0 picks a free one");
    app.add_option("--grpc", grpc, "gRPC address, such as 127.0.0.1:11501; port 0 picks a free one");
    app.add_option("--control", control, "path of the control socket (default: " + config::defaultControlPath() + ")");
    app.add_option("--set", assignments, "a setting as PATH=VALUE, such as batcher.size_max=128; may be repeated")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("--first-start", firstStart,
                   "a setting as PATH=VALUE that is applied, and stored, when this state folder is new and there is\n"
                   "no configuration file; may be repeated")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_flag("--print-config", print, "print the configuration that would be active, then exit");
    app.add_option("--runtime", runtime, "path of millrace-runtime (default: beside this program)");
    app.add_option("--sample-models", models, "model repository of a runtime that does not name one");
    app.footer(
        "\nSettings also come from the environment: MILLRACE_BATCHER_SIZE_MAX=128. Flags win over the environment,\n"
        "the environment over the file. Changes applied at run time are stored in the state folder.\n" +
        config::valueHelp() +
        "\n\nPrints one JSON line to standard output when ready; logs to standard error.\n"
        "SIGTERM, SIGINT and SIGHUP let the requests in flight finish; a second SIGTERM or SIGINT does not wait.\n"
        "An engine that uses the same state folder and is stopping is waited for.\n"
        "Exit codes: 0 stopped; 1 could not start; 2 wrong command line.");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }

    EngineOptions options;
    options.stateDir = stateDir;
    const bool named = !file.empty();
    options.filePath = named ? file : config::defaultConfigFile();
    auto read = config::readFile(options.filePath);
    options.fileMissing = absl::IsNotFound(read.status());
    if (read.ok())
        options.file = *std::move(read);
    else if (named || !options.fileMissing)
        return refuse(read.status());
    auto environment = config::fromEnvironment(config::processEnvironment());
    if (!environment.ok()) return refuse(environment.status());
    options.overrides = *std::move(environment);
    const auto flag = [&](const char* name, const char* path, const std::string& value) {
        if (!value.empty()) options.overrides.push_back({path, value, config::Override::Source::Flag, name});
    };
    for (const auto& assignment : assignments) {
        auto override = config::fromFlag(assignment);
        if (!override.ok()) return refuse(override.status());
        options.overrides.push_back(*std::move(override));
    }
    for (const auto& assignment : firstStart) {
        auto first = config::fromFlag(assignment);
        if (!first.ok()) return refuse(first.status());
        options.firstStart.push_back(*std::move(first));
    }
    flag("--http", "endpoints.http", http);
    flag("--grpc", "endpoints.grpc", grpc);
    flag("--control", "endpoints.control", control);

    if (print) {
        auto merged = options.file;
        if (auto status = config::apply(merged, options.overrides); !status.ok()) return refuse(status);
        const auto problems = config::validate(merged);
        for (const auto& problem : problems)
            std::fprintf(stderr, "millraced: %s %s\n", problem.path.c_str(), problem.message.english().c_str());
        std::fputs(config::toJson(config::effective(merged)).c_str(), stdout);
        return problems.empty() ? 0 : 1;
    }

    makeRoomForFiles(kFiles);
    askForShortSlices();
    options.log = log::start();
    options.notify = [](const std::string& line) { std::fprintf(stderr, "millraced: %s\n", line.c_str()); };
    options.runtimeProgram = runtime.empty() ? (programFolder() / "millrace-runtime").string() : runtime;
    options.sampleModels = models.empty() ? dataFolder("models", MILLRACE_SAMPLE_MODELS).string() : models;
    auto engine = Engine::create(std::move(options));
    if (!engine.ok()) return refuse(engine.status());
    return (*engine)->run([&] { printReady(**engine); });
}

int main(int argc, char** argv)
{
    umask(077);  // whatever is made from here on (state, sockets, what the runtime writes) is its owner's alone
    std::signal(SIGXFSZ, SIG_IGN);  // a limit of file sizes is an error of that write
    try {
        return runProgram(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "millraced: %s\n", error.what());
        return 1;
    }
}
