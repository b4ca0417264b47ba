// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/openai/unpacking_body.h"

#include "http/fields.h"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string_view>
#include <utility>

namespace millrace::backend {

bool unpacks(std::string_view encoding)
{
    return http::sameName(encoding, "gzip") || http::sameName(encoding, "x-gzip") ||
           http::sameName(encoding, "deflate");
}

boost::asio::awaitable<StatusOr<std::string>> UnpackingBody::read()
{
    if (!failed_.ok()) co_return failed_;
    std::string out;
    while (out.empty()) {
        if (at_ == taken_.size() && !more_) {
            auto piece = co_await packed_->read();
            if (!piece.ok()) co_return piece.status();
            if (piece->empty()) {
                if (inflater_) failed_ = unavailable("the backend's compressed response is truncated");
                if (!failed_.ok()) co_return failed_;
                co_return std::string();
            }
            taken_ = *std::move(piece);
            at_ = 0;
        }
        // Little that is packed may be much that is not: others have their turns meanwhile.
        if (handed_ >= kTurnBytes) {
            handed_ = 0;
            const auto executor = co_await boost::asio::this_coro::executor;
            co_await boost::asio::post(executor, boost::asio::use_awaitable);
        }
        if (!inflater_) inflater_ = std::make_unique<http::Inflater>();
        const auto turn = inflater_->inflate(std::string_view(taken_).substr(at_), out, kPieceMax);
        if (!turn.ok()) {
            failed_ = unavailable("the backend's response is declared as compressed, but " + text(turn.status()));
            co_return failed_;
        }
        at_ += turn->used;
        more_ = turn->more && !turn->ended;
        if (turn->ended) inflater_.reset();  // members may follow one another (RFC 1952, 2.2)
    }
    handed_ += out.size();
    co_return out;
}

}  // namespace millrace::backend
