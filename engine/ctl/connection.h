// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "control.grpc.pb.h"

#include <memory>
#include <string>

namespace millrace::ctl {

/// How the program ends; documented in --help.
enum Exit { kDone = 0, kRefused = 1, kUsage = 2, kNotReachable = 3, kConflict = 4 };

/// The way to an engine. Errors: what the engine said, as a Status.
class Connection {
public:
    /// Unavailable, with what to do about it, when nobody answers on the socket.
    static StatusOr<std::unique_ptr<Connection>> open(const std::string& socketPath);

    using Stub = millrace::control::v1::Control::Stub;
    Stub& stub() { return *stub_; }

    /// `waits`: a call that may take as long as a model needs to load; others have 30 s.
    template <typename Request, typename Reply>
    StatusOr<Reply> call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                         const Request& request, bool waits = false)
    {
        grpc::ClientContext context;
        if (!waits) context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
        Reply reply;
        const grpc::Status status = (stub_.get()->*method)(&context, request, &reply);
        if (!status.ok()) return fromGrpc(static_cast<int>(status.error_code()), status.error_message());
        return reply;
    }
    /// A whole frame of Watch, once.
    StatusOr<millrace::control::v1::Frame> snapshot();

private:
    explicit Connection(std::unique_ptr<Stub> stub) : stub_(std::move(stub)) {}
    std::unique_ptr<Stub> stub_;
};

}  // namespace millrace::ctl
