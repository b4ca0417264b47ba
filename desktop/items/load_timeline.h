// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/kind_figure.h"

namespace millrace::desktop {

/// A lane for each model and, over the shown window, when it was being loaded, in memory, or failed to load.
class LoadTimeline : public millrace::desktop::KindFigure {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QStringList names READ names WRITE setNames NOTIFY setupChanged FINAL)
    Q_PROPERTY(QList<int> lanes READ lanes WRITE setLanes NOTIFY setupChanged FINAL)        ///< of each span
    Q_PROPERTY(QList<double> begins READ begins WRITE setBegins NOTIFY setupChanged FINAL)  ///< 0..1 of the window
    Q_PROPERTY(QList<double> ends READ ends WRITE setEnds NOTIFY setupChanged FINAL)
    Q_PROPERTY(double knownFrom READ knownFrom WRITE setKnownFrom NOTIFY setupChanged FINAL)  ///< 0..1; hatched before
    Q_PROPERTY(
        QString unknownText READ unknownText WRITE setUnknownText NOTIFY setupChanged FINAL)  ///< on the hatching
    Q_PROPERTY(QList<double> tickPlaces READ tickPlaces WRITE setTickPlaces NOTIFY setupChanged FINAL)
    Q_PROPERTY(QStringList tickTexts READ tickTexts WRITE setTickTexts NOTIFY setupChanged FINAL)
public:
    enum Kind { Waiting, Preload, Demand, Manual, Warm, Failed };
    Q_ENUM(Kind)
    using KindFigure::KindFigure;
    QStringList names() const { return names_; }
    void setNames(const QStringList& names) { set(names_, names); }
    QList<int> lanes() const { return lanes_; }
    void setLanes(const QList<int>& lanes) { set(lanes_, lanes); }
    QList<double> begins() const { return begins_; }
    void setBegins(const QList<double>& begins) { set(begins_, begins); }
    QList<double> ends() const { return ends_; }
    void setEnds(const QList<double>& ends) { set(ends_, ends); }
    double knownFrom() const { return knownFrom_; }
    void setKnownFrom(double from) { set(knownFrom_, from); }
    QString unknownText() const { return unknownText_; }
    void setUnknownText(const QString& text) { set(unknownText_, text); }
    QList<double> tickPlaces() const { return tickPlaces_; }
    void setTickPlaces(const QList<double>& places) { set(tickPlaces_, places); }
    QStringList tickTexts() const { return tickTexts_; }
    void setTickTexts(const QStringList& texts) { set(tickTexts_, texts); }

    int partCount() const override;
    int partAt(const QPointF& point) const override;
    QPointF placeOf(int part) const override;
    void paint(QPainter* painter) override;

private:
    QRectF area() const;
    QRectF spanOf(int part, const QRectF& box) const;

    QStringList names_;
    QList<int> lanes_;
    QList<double> begins_;
    QList<double> ends_;
    double knownFrom_ = 0;
    QString unknownText_;
    QList<double> tickPlaces_;
    QStringList tickTexts_;
};

}  // namespace millrace::desktop
