// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/compare_peers.h"

#include "base/program_folder.h"
#include "bench/socket.h"
#include "bench/workload.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace millrace::bench {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

namespace {

std::string sampleModels()
{
    return dataFolder("models", MILLRACE_SAMPLE_MODELS).string();
}

/// Debian keeps servers in sbin, which is not on everybody's path.
std::string findProgram(const std::string& name)
{
    const char* path = std::getenv("PATH");
    std::istringstream folders(std::string(path != nullptr ? path : "") + ":/usr/local/sbin:/usr/sbin:/sbin");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (!folder.empty() && ::access((folder + "/" + name).c_str(), X_OK) == 0) return folder + "/" + name;
    return {};
}

/// A free address of this machine; another program may take it before it is used, which then shows at the start.
StatusOr<std::string> freeAddress()
{
    const auto listener = listenOn("127.0.0.1:0");
    if (!listener.ok()) return listener.status();
    return addressOf(*listener);
}

StatusOr<Peer> launch(std::string name, const std::string& binary, const std::vector<std::string>& arguments,
                      std::unique_ptr<TemporaryFolder> folder, const std::string& address)
{
    const auto began = SteadyClock::now();
    auto program = startServing(binary, arguments, folder->path(), address);
    if (!program.ok()) return program.status();
    Peer peer;
    peer.name = std::move(name);
    peer.startMs = toMs(SteadyClock::now() - began);
    peer.http = program->http;
    peer.grpc = program->grpc;
    peer.pid = program->process.pid();
    peer.folder = std::move(folder);
    peer.process = std::move(program->process);
    return peer;
}

StatusOr<std::unique_ptr<TemporaryFolder>> newFolder()
{
    auto folder = std::make_unique<TemporaryFolder>();
    if (folder->path().empty()) return internal("no temporary folder can be made");
    return folder;
}

StatusOr<Peer> startProxy(const std::string& program, const std::string& upstream,
                          std::string (*config)(const std::string&, const std::string&, const std::string&),
                          std::vector<std::string> arguments)
{
    const std::string binary = findProgram(program);
    if (binary.empty()) return notFound(program + " is not installed");
    auto folder = newFolder();
    if (!folder.ok()) return folder.status();
    const auto address = freeAddress();
    if (!address.ok()) return address.status();
    const fs::path file = (*folder)->path() / "config";
    std::ofstream(file) << config((*folder)->path().string(), *address, upstream);
    arguments.push_back(file.string());
    return launch(program, binary, arguments, std::move(*folder), *address);
}

StatusOr<Peer> startEngineWith(const std::string& name, const EngineChild::Options& options)
{
    const auto began = SteadyClock::now();
    auto engine = EngineChild::start(options);
    if (!engine.ok()) return engine.status();
    Peer peer;
    peer.name = name;
    peer.startMs = toMs(SteadyClock::now() - began);
    peer.engine = std::move(*engine);
    peer.http = peer.engine->http();
    peer.grpc = peer.engine->grpc();
    peer.pid = peer.engine->pid();
    peer.isEngine = true;
    return peer;
}

}  // namespace

std::string nginxConfig(const std::string& folder, const std::string& listen, const std::string& upstream)
{
    // In one process, in the foreground, so that its figures are those of one pid. Bodies of requests stay in memory.
    // Buffers of answers are as by default; the upstream turns them off for streams by X-Accel-Buffering.
    return "daemon off;\nmaster_process off;\nerror_log stderr warn;\npid " + folder + "/pid;\n" +
           "events { worker_connections 8192; }\n"
           "http {\n"
           "  access_log off;\n"
           "  client_body_temp_path " +
           folder + "/body;\n  proxy_temp_path " + folder + "/proxy;\n" + "  fastcgi_temp_path " + folder +
           "/f;\n  uwsgi_temp_path " + folder + "/u;\n  scgi_temp_path " + folder + "/s;\n" +
           "  client_max_body_size 256m;\n  client_body_buffer_size 16m;\n  keepalive_requests 100000000;\n"
           "  upstream models { server " +
           upstream + "; keepalive 256; keepalive_requests 100000000; }\n" + "  server {\n    listen " + listen +
           " backlog=4096;\n" +
           "    location / {\n"
           "      proxy_pass http://models;\n      proxy_http_version 1.1;\n      proxy_set_header Connection \"\";\n"
           "    }\n  }\n}\n";
}

std::string haproxyConfig(const std::string& listen, const std::string& upstream)
{
    return "global\n  nbthread 1\n  maxconn 8192\n"
           "defaults\n  mode http\n  timeout connect 5s\n  timeout client 120s\n  timeout server 120s\n"
           "  http-reuse always\n  option http-no-delay\n"
           "frontend all\n  bind " +
           listen + " backlog 4096\n  default_backend models\n" + "backend models\n  server upstream " + upstream +
           " pool-max-conn 256\n";
}

StatusOr<Peer> startUpstream(const std::string& address)
{
    auto folder = newFolder();
    if (!folder.ok()) return folder.status();
    return launch("direct", (programFolder() / "millrace-bench").string(),
                  {"upstream", "--http", address.empty() ? "127.0.0.1:0" : address}, std::move(*folder), {});
}

StatusOr<Peer> startNginx(const std::string& upstream)
{
    return startProxy("nginx", upstream, nginxConfig, {"-e", "stderr", "-c"});
}

StatusOr<Peer> startHaproxy(const std::string& upstream)
{
    return startProxy(
        "haproxy", upstream,
        [](const std::string&, const std::string& listen, const std::string& to) { return haproxyConfig(listen, to); },
        {"-db", "-f"});
}

StatusOr<Peer> startEngine(const std::string& name, const std::string& binary, const std::string& upstream)
{
    const boost::json::object config{
        {"backends", boost::json::array{boost::json::object{
                         {"name", "upstream"}, {"kind", "openai"}, {"address", "http://" + upstream}}}}};
    // A connection for each of a thousand streams, as the proxies open them too.
    auto peer = startEngineWith(name, {{"--set", "pool.http_size_max=2000"}, boost::json::serialize(config), binary});
    if (!peer.ok()) return peer;
    if (Status there = waitForModel(peer->http, "upstream"); !there.ok()) return there;
    return peer;
}

StatusOr<Peer> startTensorEngine(const std::string& name, const std::string& binary, const std::string& model)
{
    const boost::json::object config{{"backends", boost::json::array{boost::json::object{
                                                      {"name", "runtime"}, {"kind", "runtime"}, {"threads", 1}}}}};
    auto peer = startEngineWith(name, {{"--sample-models", sampleModels()}, boost::json::serialize(config), binary});
    if (!peer.ok()) return peer;
    if (Status there = waitForModel(peer->http, model); !there.ok()) return there;
    return peer;
}

StatusOr<Peer> startRuntime(const std::string& model)
{
    auto folder = newFolder();
    if (!folder.ok()) return folder.status();
    return launch("runtime", (programFolder() / "millrace-runtime").string(),
                  {"--repository", sampleModels(), "--threads", "1", "--load", model}, std::move(*folder), {});
}

}  // namespace millrace::bench
