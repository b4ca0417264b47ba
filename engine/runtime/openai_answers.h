// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/one_shot.h"
#include "http/http1_session.h"
#include "runtime/answering.h"
#include "runtime/openai_read.h"
#include "runtime/openai_write.h"
#include "runtime/random.h"
#include "runtime/repository.h"
#include "runtime/workers.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::runtime {

http::Response jsonAnswer(std::string body);
/// The response with OpenAI's error object, and Retry-After if the status has one.
http::Response errorAnswer(const Status& status);

/// Answers OpenAI's routes that need a model: embeddings, chats and legacy completions, whole or as events.
///
/// Owner:  HttpServer.    Thread: the loop; computation, and parsing of large bodies, are on the workers.
/// Bound:  HttpServer::kPiecesMax events waiting for a reader.
/// Stop:   a disconnect of the client stops its generation.
class OpenAiAnswers {
public:
    OpenAiAnswers(Repository& repository, Workers& workers, Clock& clock);

    boost::asio::awaitable<void> embedding(http::Http1Session& session);
    boost::asio::awaitable<void> text(http::Http1Session& session, bool chat);
    /// The error for a route that is not served; mentions what the model in the body supports.
    boost::asio::awaitable<Status> notServed(http::Http1Session& session);

private:
    using Queue = std::shared_ptr<PieceQueue>;
    /// Runs `read`, on a worker if the body is large.
    template <typename T>
    boost::asio::awaitable<StatusOr<T>> readBody(const http::Http1Session& session,
                                                 std::function<StatusOr<T>(std::string_view)> read);
    StatusOr<Queue> start(const boost::asio::any_io_executor& executor, ModelShare model, openai::TextCall& call);
    boost::asio::awaitable<void> whole(http::Http1Session& session, const openai::TextCall& call,
                                       const openai::AnswerHead& head, Queue queue);
    boost::asio::awaitable<void> stream(http::Http1Session& session, const openai::TextCall& call,
                                        const openai::AnswerHead& head, Queue queue);

    Repository& repository_;
    Workers& workers_;
    Clock& clock_;
    Random random_;
};

}  // namespace millrace::runtime
