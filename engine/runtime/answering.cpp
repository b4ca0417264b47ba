// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/answering.h"

#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>

namespace millrace::runtime {

bool PieceQueue::push(std::size_t choice, Piece piece)
{
    const std::size_t waiting = ++under_way_;
    Entry entry{choice, std::move(piece)};
    boost::asio::post(executor_, [self = shared_from_this(), taken = std::move(entry)]() mutable {
        if (self->closed_) return;
        self->entries_.push_back(std::move(taken));
        self->wake();
    });
    return waiting < most_;
}

void PieceQueue::wake()
{
    if (std::exchange(waiting_, false)) waiter_.set(true);
}

boost::asio::awaitable<std::vector<PieceQueue::Entry>> PieceQueue::take()
{
    auto self = shared_from_this();
    while (entries_.empty() && !closed_) {
        waiter_ = OneShot<bool>();
        waiting_ = true;
        auto waiter = waiter_;
        co_await waiter.wait();
    }
    std::vector<Entry> taken(std::make_move_iterator(entries_.begin()), std::make_move_iterator(entries_.end()));
    entries_.clear();
    const std::size_t before = under_way_.fetch_sub(taken.size());
    if (before >= most_)
        for (const auto& text : texts_) text->resume();
    co_return taken;
}

void PieceQueue::close()
{
    closed_ = true;
    entries_.clear();
    for (const auto& text : texts_) text->cancel();
    texts_.clear();
    wake();
}

namespace {

/// Joins the parts of one answer.
struct Embedding {
    using Vectors = std::vector<std::vector<float>>;

    ModelShare model;
    std::vector<std::string> texts;
    std::function<void(StatusOr<Vectors>)> done;
    absl::Mutex mutex;
    Vectors vectors ABSL_GUARDED_BY(mutex);
    Status problem ABSL_GUARDED_BY(mutex);
    std::size_t open ABSL_GUARDED_BY(mutex) = 0;

    void add(std::size_t from, StatusOr<Vectors> part)
    {
        StatusOr<Vectors> all;
        {
            const absl::MutexLock lock(&mutex);
            if (part.ok())
                std::move(part->begin(), part->end(), vectors.begin() + static_cast<std::ptrdiff_t>(from));
            else if (problem.ok())
                problem = part.status();
            if (--open > 0) return;
            if (problem.ok())
                all = std::move(vectors);
            else
                all = problem;
        }
        model.reset();  // before the answer: an unload that follows it must not have to wait
        done(std::move(all));
    }
};

}  // namespace

void embedAll(Workers& workers, ModelShare model, std::vector<std::string> texts,
              std::function<void(StatusOr<std::vector<std::vector<float>>>)> done)
{
    auto whole = std::make_shared<Embedding>();
    const auto rows = static_cast<std::size_t>(model->config.batchMax);
    whole->model = std::move(model);
    whole->texts = std::move(texts);
    whole->done = std::move(done);
    const std::size_t parts = (whole->texts.size() + rows - 1) / rows;
    {
        const absl::MutexLock lock(&whole->mutex);
        whole->vectors.resize(whole->texts.size());
        whole->open = parts;
    }
    for (std::size_t part = 0; part < parts; ++part) {
        const std::size_t from = part * rows;
        const Status status = workers.submit([whole, from, rows] {
            const std::size_t to = std::min(from + rows, whole->texts.size());
            const std::vector<std::string> some(whole->texts.begin() + static_cast<std::ptrdiff_t>(from),
                                                whole->texts.begin() + static_cast<std::ptrdiff_t>(to));
            whole->add(from, whole->model->model->embed(some));
        });
        if (!status.ok()) whole->add(from, status);
    }
}

}  // namespace millrace::runtime
