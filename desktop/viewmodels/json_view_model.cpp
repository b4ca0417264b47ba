// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/json_view_model.h"

#include "config.pb.h"

#include <QtCore/QFile>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>

namespace millrace::desktop {

JsonViewModel::JsonViewModel(QObject* parent)
    : QObject(parent), base_(std::make_unique<config::v1::Config>()), pending_(std::make_unique<config::v1::Config>())
{}

JsonViewModel::~JsonViewModel() = default;

QString JsonViewModel::place() const
{
    if (problem_.isNone()) return {};
    return tr("line %1, column %2")
        .arg(json_text::lineOf(text_, problem_.at))
        .arg(json_text::columnOf(text_, problem_.at));
}

int JsonViewModel::problemLineEnd() const
{
    const qsizetype end = problem_.isNone() ? 0 : text_.indexOf(u'\n', problem_.at);
    return static_cast<int>(end < 0 ? text_.size() : end);
}

void JsonViewModel::follow(const config::v1::Config& config)
{
    *pending_ = config;
    if (dirty_) return;
    *base_ = config;
    problem_ = {};
    const QString text = json_text::write(config);
    if (text != text_) {
        text_ = text;
        Q_EMIT replaced();
    }
    Q_EMIT changed();
}

void JsonViewModel::setProblem(const control::FieldProblem* refusal)
{
    if (dirty_) return;
    problem_ = refusal ? json_text::problemIn(text_, *refusal) : json_text::Problem();
    Q_EMIT changed();
}

void JsonViewModel::check()
{
    config::v1::Config config;
    problem_ = json_text::read(text_, config);
}

void JsonViewModel::edit(const QString& text)
{
    if (text == text_) return;
    text_ = text;
    if (!dirty_) *base_ = *pending_;
    dirty_ = text != json_text::write(*base_);
    check();
    Q_EMIT changed();
}

void JsonViewModel::replace(const QString& text)
{
    if (text == text_) return;
    edit(text);
    Q_EMIT replaced();
}

bool JsonViewModel::accept()
{
    config::v1::Config wanted;
    problem_ = json_text::read(text_, wanted);
    if (!problem_.isNone()) {
        Q_EMIT changed();
        return false;
    }
    const config::v1::Config from = *base_;
    dirty_ = false;
    if (accepted_) accepted_(from, wanted);
    Q_EMIT changed();
    return true;
}

void JsonViewModel::revert()
{
    dirty_ = false;
    follow(config::v1::Config(*pending_));
}

void JsonViewModel::importText(const QString& text)
{
    // The whole of it is meant, whatever is pending: what it does not say goes back to its default.
    dirty_ = false;
    *base_ = *pending_;
    replace(text);
    dirty_ = true;
    Q_EMIT imported(accept());
}

void JsonViewModel::importFile(const QUrl& url)
{
    QFile file(url.isLocalFile() ? url.toLocalFile() : url.toString());
    const auto refuse = [this](const QString& why) {
        problem_ = {why, {}, 0, 0};
        Q_EMIT changed();
        Q_EMIT imported(false);
    };
    if (!file.open(QIODevice::ReadOnly)) return refuse(tr("%1: %2").arg(file.fileName(), file.errorString()));
    const QByteArray bytes = file.read(kBytesMax + 1);
    if (bytes.size() > kBytesMax)
        return refuse(tr("%1 is larger than 1 MiB: not a configuration").arg(file.fileName()));
    importText(QString::fromUtf8(bytes));
}

void JsonViewModel::importClipboard()
{
    importText(QGuiApplication::clipboard()->text().left(kBytesMax));
}

int JsonViewModel::offsetOf(const QString& path) const
{
    return static_cast<int>(json_text::find(text_, path).at);
}

}  // namespace millrace::desktop
