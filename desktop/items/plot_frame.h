// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/painted_item.h"
#include "items/plot_painter.h"

#include <QtCore/QPointer>

namespace millrace::desktop {

/// What is drawn around and over the lines of a TimePlot: below them grid and axis words, above them goals and marks.
/// Two of these sandwich the ChartView, which then draws lines only. Drawn again only when that changed: lines move
/// every second, the grid seldom.
class PlotFrame : public millrace::desktop::PaintedItem {  // whole name: moc passes it on as written
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(millrace::desktop::TimePlot* plot READ plot WRITE setPlot NOTIFY setupChanged FINAL REQUIRED)
    Q_PROPERTY(bool above MEMBER above_ NOTIFY setupChanged FINAL)
    Q_PROPERTY(QRectF area MEMBER area_ NOTIFY setupChanged FINAL)  ///< of the lines, within this item
    Q_PROPERTY(QColor groundColor READ groundColor WRITE setGroundColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor gridColor READ gridColor WRITE setGridColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor textColor READ textColor WRITE setTextColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor strongTextColor READ strongTextColor WRITE setStrongTextColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor configColor READ configColor WRITE setConfigColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor modelColor READ modelColor WRITE setModelColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor engineColor READ engineColor WRITE setEngineColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor warningColor READ warningColor WRITE setWarningColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QColor errorColor READ errorColor WRITE setErrorColor NOTIFY setupChanged FINAL)
    Q_PROPERTY(QFont font READ font WRITE setFont NOTIFY setupChanged FINAL)
    Q_PROPERTY(double gutter READ gutter NOTIFY gutterChanged FINAL)  ///< width that the y words need
public:
    explicit PlotFrame(QQuickItem* parent = nullptr);
    TimePlot* plot() const { return plot_; }
    void setPlot(TimePlot* plot);
    QColor groundColor() const { return look_.ground; }
    void setGroundColor(const QColor& color) { set(look_.ground, color); }
    QColor gridColor() const { return look_.grid; }
    void setGridColor(const QColor& color) { set(look_.grid, color); }
    QColor textColor() const { return look_.text; }
    void setTextColor(const QColor& color) { set(look_.text, color); }
    QColor strongTextColor() const { return look_.strongText; }
    void setStrongTextColor(const QColor& color) { set(look_.strongText, color); }
    QColor configColor() const { return look_.config; }
    void setConfigColor(const QColor& color) { set(look_.config, color); }
    QColor modelColor() const { return look_.model; }
    void setModelColor(const QColor& color) { set(look_.model, color); }
    QColor engineColor() const { return look_.engine; }
    void setEngineColor(const QColor& color) { set(look_.engine, color); }
    QColor warningColor() const { return look_.warning; }
    void setWarningColor(const QColor& color) { set(look_.warning, color); }
    QColor errorColor() const { return look_.error; }
    void setErrorColor(const QColor& color) { set(look_.error, color); }
    QFont font() const { return look_.font; }
    void setFont(const QFont& font) { set(look_.font, font); }
    double gutter() const { return gutter_; }
    void paint(QPainter* painter) override;

    /// The whole chart as a picture, whatever is seen of it. False: it could not be written.
    Q_INVOKABLE bool savePicture(const QString& path, const QString& title, const QString& source) const;
    QImage picture(const QString& title, const QString& source) const;

Q_SIGNALS:
    void gutterChanged();

private:
    void refresh();  // the plot was updated
    void redraw();

    /// What was drawn last, to see whether it changed.
    struct Content {
        PlotScale y = PlotScale::linear(0, 1);
        QList<QPair<double, QString>> ticks;
        QList<QPair<double, QColor>> goals;
        QList<PlotMark> marks;
        bool operator==(const Content&) const = default;
    };
    Content content() const;

    QPointer<TimePlot> plot_;
    bool above_ = false;
    QRectF area_;
    PlotLook look_;
    Content drawn_;
    double gutter_ = 0;
};

}  // namespace millrace::desktop
