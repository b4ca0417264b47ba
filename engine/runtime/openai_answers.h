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
/// OpenAI's error object, with Retry-After where the status says when.
http::Response errorAnswer(const Status& status);

/// What OpenAI's routes answer that need a model: embeddings, chats and legacy completions, whole or as events.
///
/// Owner:  HttpServer.    Thread: the loop; what computes, and what reads large bodies, is on the workers.
/// Bound:  HttpServer::kPiecesMax events waiting for a reader.
/// Stop:   a session whose client disconnects ends its texts.
class OpenAiAnswers {
public:
    OpenAiAnswers(Repository& repository, Workers& workers, Clock& clock);

    boost::asio::awaitable<void> embedding(http::Http1Session& session);
    boost::asio::awaitable<void> text(http::Http1Session& session, bool chat);
    /// Why a route is not served; where its body names a model, what that one can do.
    boost::asio::awaitable<Status> notServed(http::Http1Session& session);

private:
    using Queue = std::shared_ptr<PieceQueue>;
    /// What `read` gives, on a worker when the body is large: others have their turns meanwhile.
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
