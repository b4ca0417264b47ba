// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/engine_child.h"

#include "base/program_folder.h"

#include <fstream>

namespace millrace::bench {

namespace fs = std::filesystem;
StatusOr<std::unique_ptr<EngineChild>> EngineChild::start(const Options& options)
{
    std::unique_ptr<EngineChild> child(new EngineChild);
    const fs::path& folder = child->folder_.path();
    if (folder.empty()) return internal("no temporary folder can be made");
    const fs::path config = folder / "engine.json";
    std::ofstream(config) << options.config;
    std::vector<std::string> words = {
        "--http",      "127.0.0.1:0",   "--grpc",   "127.0.0.1:0",  "--control", (folder / "control.sock").string(),
        "--state-dir", folder.string(), "--config", config.string()};
    words.insert(words.end(), options.arguments.begin(), options.arguments.end());
    const std::string binary = options.binary.empty() ? (programFolder() / "millraced").string() : options.binary;
    auto program = startServing(binary, words, folder);
    if (!program.ok()) return program.status();
    child->http_ = program->http;
    child->grpc_ = program->grpc;
    child->process_ = std::move(program->process);
    return child;
}

Status EngineChild::set(const std::string& assignment)
{
    const fs::path& folder = folder_.path();
    const std::vector<std::string> words = {"--control", (folder / "control.sock").string(), "config", "set",
                                            assignment};
    auto ctl =
        ChildProcess::start((programFolder() / "millracectl").string(), words, folder / "set", folder / "set.log");
    if (!ctl.ok()) return ctl.status();
    const int code = ctl->wait();
    if (code == 0) return absl::OkStatus();
    return unavailable("millracectl config set " + assignment + " ended with " + std::to_string(code));
}

}  // namespace millrace::bench
