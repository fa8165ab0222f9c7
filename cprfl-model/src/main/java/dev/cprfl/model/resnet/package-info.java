/** Residual networks (He et al. 2016) in torchvision's form and under its names. */
package dev.cprfl.model.resnet;
