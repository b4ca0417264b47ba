// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/engine_child.h"

#include "base/clock.h"
#include "base/program_folder.h"

#include <boost/json/parse.hpp>

#include <fstream>
#include <thread>

namespace millrace::bench {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr auto kReadyWithin = 20s;
constexpr std::size_t kLogBytes = 2000;

}  // namespace

StatusOr<std::unique_ptr<EngineChild>> EngineChild::start(const Options& options)
{
    std::unique_ptr<EngineChild> child(new EngineChild);
    const fs::path& folder = child->folder_.path();
    if (folder.empty()) return internal("no temporary folder can be made");
    const fs::path out = folder / "ready", log = folder / "log", config = folder / "engine.json";
    std::ofstream(config) << options.config;
    std::vector<std::string> words = {
        "--http",      "127.0.0.1:0",   "--grpc",   "127.0.0.1:0",  "--control", (folder / "control.sock").string(),
        "--state-dir", folder.string(), "--config", config.string()};
    words.insert(words.end(), options.arguments.begin(), options.arguments.end());
    const std::string binary = options.binary.empty() ? (programFolder() / "millraced").string() : options.binary;
    auto process = ChildProcess::start(binary, words, out, log);
    if (!process.ok()) return process.status();
    child->process_ = std::move(*process);
    for (const auto until = SteadyClock::now() + kReadyWithin; SteadyClock::now() < until;) {
        boost::system::error_code error;
        const std::string line = readFile(out);
        const auto ready = boost::json::parse(line, error);
        if (!error && ready.is_object() && ready.as_object().contains("http")) {
            child->http_ = ready.at("http").as_string().c_str();
            if (const auto* grpc = ready.as_object().if_contains("grpc"); grpc && grpc->is_string())
                child->grpc_ = grpc->as_string().c_str();
            return child;
        }
        if (child->process_.ended())
            return unavailable(binary + " did not start:\n" + lastBytes(readFile(log), kLogBytes));
        std::this_thread::sleep_for(10ms);
    }
    return unavailable(binary + " was not ready in time:\n" + lastBytes(readFile(log), kLogBytes));
}

}  // namespace millrace::bench
