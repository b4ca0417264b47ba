// SPDX-License-Identifier: GPL-3.0-or-later
// millrace-runtime: serves the models in a list of folders. Prints its addresses on stdout, as one line of JSON.
#include "base/loopback.h"
#include "base/mutex.h"
#include "base/process_setup.h"
#include "runtime/grpc_server.h"
#include "runtime/http_server.h"
#include "runtime/version.h"

#include <CLI/CLI.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <cstdio>
#include <iostream>
#include <malloc.h>
#include <thread>
#include <unistd.h>

using namespace millrace;

namespace {

constexpr std::uint32_t kFiles = 4096;
constexpr std::size_t kRunsWaitingMax = 4096;
constexpr auto kDrainLimit = std::chrono::seconds(5);
constexpr auto kOrphanLimit = std::chrono::milliseconds(500);

struct Options {
    std::vector<std::filesystem::path> repositories;
    std::vector<std::string> loads;
    std::string grpc = "127.0.0.1:0";
    std::string http = "127.0.0.1:0";
    std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
    std::size_t loadThreads = 2;
    int threadsPerRun = 1;
    std::string sockets;
    bool exitOnStdinEof = false;

    std::string httpSocket() const { return sockets + "/http"; }
    std::string grpcSocket() const { return sockets + "/grpc"; }
};

void log(const std::string& words)
{
    std::cerr << "millrace-runtime: " + words + "\n";
}

/// Ends the process at once, after removing its socket files.
[[noreturn]] void leave(const Options& options, int code)
{
    if (!options.sockets.empty()) {
        ::unlink(options.httpSocket().c_str());
        ::unlink(options.grpcSocket().c_str());
        ::rmdir(options.sockets.c_str());
    }
    std::fflush(nullptr);
    ::_exit(code);  // skips the destructors of 150 libraries
}

std::string quoted(const std::string& words)
{
    return boost::json::serialize(boost::json::string(words));
}

/// Detects the parent's exit by the end of stdin.
void watchStdin(std::function<void()> ended)
{
    std::thread([ended = std::move(ended)] {
        char ignored[256];
        while (true) {
            const ssize_t got = ::read(STDIN_FILENO, ignored, sizeof(ignored));
            if (got == 0 || (got < 0 && errno != EINTR)) break;
        }
        ended();
    }).detach();
}

/// Posts handlers from other threads to the loop while it exists: stdin may close, or a load end, after that.
/// Thread: any.
class LoopDoor {
public:
    explicit LoopDoor(net::io_context& io) : io_(&io) {}

    /// False: the loop does not exist any more; `handler` is not called.
    template <typename Handler>
    bool post(Handler handler)
    {
        const MutexLock lock(mutex_);
        if (io_) net::post(*io_, std::move(handler));
        return io_ != nullptr;
    }
    void close()
    {
        const MutexLock lock(mutex_);
        io_ = nullptr;
    }

private:
    Mutex mutex_;
    net::io_context* io_ MILLRACE_GUARDED_BY(mutex_);
};

StatusOr<int> serve(const Options& options)
{
    const StatusOr<ListenAddress> http = parseLoopback(options.http);
    if (!http.ok()) return http.status();
    const StatusOr<ListenAddress> grpc = parseLoopback(options.grpc);
    if (!grpc.ok()) return grpc.status();

    runtime::DefaultLoader loader(options.threadsPerRun);
    // Together with the loop one thread more than cores.
    runtime::ComputeSlots slots(std::max(1U, std::thread::hardware_concurrency()));
    runtime::Repository repository(options.repositories, loader, options.loadThreads, &slots);
    SystemClock clock;
    net::io_context io(1);
    const auto door = std::make_shared<LoopDoor>(io);
    const std::unique_ptr<LoopDoor, void (*)(LoopDoor*)> closes(door.get(), [](LoopDoor* it) { it->close(); });
    runtime::Workers workers(options.threads, kRunsWaitingMax, &slots);
    const bool sockets = !options.sockets.empty();
    auto httpServer = runtime::HttpServer::create(io, sockets ? options.httpSocket() : http->ip(), http->port,
                                                  repository, workers, clock);
    if (!httpServer.ok()) return httpServer.status();
    auto grpcServer = runtime::GrpcServer::create(io, sockets ? options.grpcSocket() : grpc->ip(), grpc->port,
                                                  repository, workers, clock);
    if (!grpcServer.ok()) return grpcServer.status();

    net::signal_set signals(io, SIGTERM, SIGINT);
    net::steady_timer patience(io);
    std::function<void()> stop;
    bool stopping = false;
    std::function<void()> untilIdle = [&] {
        const bool idle = (*httpServer)->busy() == 0 && (*grpcServer)->idle();
        if (idle || std::chrono::steady_clock::now() >= patience.expiry()) return io.stop();
        net::post(io, [&] {
            auto again = std::make_shared<net::steady_timer>(io, std::chrono::milliseconds(10));
            again->async_wait([&, again](const boost::system::error_code&) { untilIdle(); });
        });
    };
    stop = [&] {
        if (std::exchange(stopping, true)) return;
        patience.expires_after(kDrainLimit);
        (*httpServer)->stop();
        (*grpcServer)->stop();
        repository.stop();
        untilIdle();
    };
    signals.async_wait([&](const boost::system::error_code& error, int) {
        if (error) return;
        log("stopping");
        stop();
    });

    const auto ready = [&] {
        const std::string httpAddress =
            sockets ? "unix:" + options.httpSocket() : http->host + ":" + std::to_string((*httpServer)->port());
        const std::string grpcAddress =
            sockets ? "unix:" + options.grpcSocket() : grpc->host + ":" + std::to_string((*grpcServer)->port());
        std::cout << R"({"ready":true,"http":)" << quoted(httpAddress) << R"(,"grpc":)" << quoted(grpcAddress)
                  << R"(,"pid":)" << ::getpid() << "}" << std::endl;
        if (options.exitOnStdinEof)
            watchStdin([door, &stop, options] {
                if (!door->post([&stop] { stop(); })) return;
                // The parent has exited: nobody needs runs and loads in flight.
                std::this_thread::sleep_for(kOrphanLimit);
                leave(options, 0);
            });
        // Last: starting threads blocks while libtorch is being opened.
        loader.prepare();
    };
    auto open = std::make_shared<std::size_t>(options.loads.size());
    if (*open == 0) net::post(io, ready);
    Status problem;
    for (const std::string& name : options.loads)
        repository.load(name, [&, open, door](const Status& status) {
            door->post([&, open, status] {
                if (!status.ok())
                    problem = status, io.stop();
                else if (--*open == 0)
                    ready();
            });
        });
    io.run();

    (*grpcServer)->stop();
    repository.stop();
    if (!(*grpcServer)->idle()) {
        // Their threads cannot be interrupted, and nobody waits for them.
        log(problem.ok() ? "stopped with runs or loads in flight" : text(problem));
        leave(options, problem.ok() ? 0 : 1);
    }
    httpServer->reset();
    grpcServer->reset();
    if (!problem.ok()) return problem;
    log("stopped");
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    Options options;
    CLI::App app("Serves TorchScript and synthetic models over KServe v2 gRPC and OpenAI HTTP, on this machine only.");
    app.set_version_flag("--version", std::string("millrace-runtime ") + runtime::kVersion);
    app.add_option("--repository", options.repositories, "Folder of models (name/config.json, name/1/model.pt)")
        ->required()
        ->check(CLI::ExistingDirectory)
        ->take_all();
    app.add_option("--grpc", options.grpc, "Address for gRPC; port 0: any")->capture_default_str();
    app.add_option("--http", options.http, "Address for HTTP; port 0: any")->capture_default_str();
    app.add_option(
           "--sockets", options.sockets,
           "Serve on the Unix sockets http and grpc in this folder instead, and remove it at the end; no process "
           "without access to the folder can connect")
        ->check(CLI::ExistingDirectory);
    app.add_option("--threads", options.threads, "Runs computed at the same time; 0: one for each core")
        ->capture_default_str()
        ->check(CLI::Range(0, 256));
    app.add_option("--threads-per-run", options.threadsPerRun, "Threads that one run may use")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    app.add_option("--load-threads", options.loadThreads, "Models loaded at the same time")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    app.add_option("--load", options.loads, "Load this model before reporting ready")->take_all();
    app.add_flag("--exit-on-stdin-eof", options.exitOnStdinEof,
                 "Stop when stdin closes, that is, the parent has exited");
    CLI11_PARSE(app, argc, argv);
    if (options.threads == 0) options.threads = std::max(1U, std::thread::hardware_concurrency());
    std::signal(SIGPIPE, SIG_IGN);
    makeRoomForFiles(kFiles);

    const StatusOr<int> code = serve(options);
    if (code.ok()) leave(options, *code);
    log(text(code.status()));
    leave(options, 1);
}
