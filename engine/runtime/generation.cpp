// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/generation.h"

#include <utility>

namespace millrace::runtime {

namespace {

std::atomic<std::int64_t> openTexts{0};

/// The rate of a paced model; 0: unlimited.
double rateOf(const ModelConfig& config)
{
    return config.kind == ModelKind::Synthetic ? config.synthetic.tokensPerS : config.text.tokensPerS;
}

}  // namespace

std::int64_t Generation::open()
{
    return openTexts.load();
}

Generation::Generation(Workers& workers, ModelShare model, GenerationRequest request, Sink sink)
    : workers_(workers),
      request_(std::move(request)),
      model_(std::move(model)),
      sink_(std::move(sink)),
      stops_(request_.stop),
      began_(std::chrono::steady_clock::now())
{
    ++openTexts;
}

Generation::~Generation()
{
    --openTexts;
}

StatusOr<std::shared_ptr<Generation>> Generation::start(Workers& workers, ModelShare model, GenerationRequest request,
                                                        Sink sink)
{
    if (openTexts.load() >= kOpenMax)
        return withRetryAfter(
            resourceExhausted(std::to_string(kOpenMax) + " texts are being generated, which is the limit"),
            std::chrono::seconds(1));
    std::shared_ptr<Generation> one(new Generation(workers, std::move(model), std::move(request), std::move(sink)));
    one->again();
    return one;
}

void Generation::again()
{
    auto when = Workers::TimePoint::min();
    if (const double rate = rateOf(model_->config); rate > 0.0 && tokens_ > 0)
        when = began_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                            std::chrono::duration<double>(static_cast<double>(tokens_) / rate));
    workers_.turn([self = shared_from_this()] { self->turn(); }, when);
}

void Generation::cancel()
{
    cancelled_ = true;
    resume();  // a paused text ends in one more turn, which releases the model
}

void Generation::resume()
{
    {
        const MutexLock lock(mutex_);
        if (!std::exchange(waiting_, false)) {
            resumed_ = true;
            return;
        }
    }
    again();
}

Piece Generation::step()
{
    Piece piece;
    const auto failed = [&piece](const Status& status) {
        piece.finish = Finish::Failed;
        piece.problem = status;
        return std::move(piece);
    };
    if (!writing_) {
        began_ = std::chrono::steady_clock::now();  // does not compensate the wait for the first turn
        auto writing = model_->model->write(request_.writing);
        if (!writing.ok()) return failed(writing.status());
        writing_ = *std::move(writing);
    }
    StatusOr<std::string> token = writing_->next();
    if (!token.ok()) return failed(token.status());
    ++tokens_;
    piece.text = stops_.pass(*token);
    if (stops_.found())
        piece.finish = Finish::Stop;
    else if (tokens_ >= request_.tokensMax)
        piece.finish = Finish::Length;
    if (piece.finish != Finish::None) piece.text += stops_.rest();
    piece.tokens = tokens_;
    piece.promptTokens = writing_->promptTokens();
    return piece;
}

void Generation::turn()
{
    if (!cancelled_) {
        Piece piece = step();
        const bool last = piece.finish != Finish::None;
        const bool accepts = cancelled_ || sink_(std::move(piece));
        if (!last && !cancelled_) {
            if (!accepts) {
                const MutexLock lock(mutex_);
                if (!std::exchange(resumed_, false)) {
                    waiting_ = true;
                    return;
                }
            }
            again();
            return;
        }
    }
    // Finished: releases the model for unloading, even if this object lives on.
    writing_.reset();
    sink_ = nullptr;
    model_.reset();
}

}  // namespace millrace::runtime
