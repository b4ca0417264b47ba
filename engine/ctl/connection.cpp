// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/connection.h"

#include <grpcpp/create_channel.h>

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace millrace::ctl {

namespace {

/// Empty: somebody accepts. gRPC would go on trying for seconds before it says why not.
std::string whyUnreachable(const std::string& path)
{
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path) return "its path is too long for a socket";
    const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return std::strerror(errno);
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int result = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int error = errno;
    close(probe);
    if (result == 0) return {};
    if (error == ENOENT) return "there is no such socket";
    if (error == ECONNREFUSED) return "the engine that created it has exited";
    return std::strerror(error);
}

}  // namespace

StatusOr<std::unique_ptr<Connection>> Connection::open(const std::string& socketPath)
{
    const auto unreachable = [&socketPath](const std::string& why) {
        return unavailable("no engine responds on " + socketPath + ": " + why +
                           ". Start millraced, or name its socket with --control.");
    };
    const std::string why = whyUnreachable(socketPath);
    if (!why.empty()) return unreachable(why);
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(64 * 1024 * 1024);
    auto channel = grpc::CreateCustomChannel("unix:" + socketPath, grpc::InsecureChannelCredentials(), arguments);
    if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(5)))
        return unreachable("it does not speak the control protocol");
    return std::unique_ptr<Connection>(new Connection(millrace::control::v1::Control::NewStub(channel)));
}

StatusOr<millrace::control::v1::Frame> Connection::snapshot()
{
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    millrace::control::v1::Frame frame;
    auto reader = stub_->Watch(&context, {});
    const bool got = reader->Read(&frame);
    context.TryCancel();
    const grpc::Status status = reader->Finish();
    if (!got) return fromGrpc(static_cast<int>(status.error_code()), status.error_message());
    return frame;
}

}  // namespace millrace::ctl
