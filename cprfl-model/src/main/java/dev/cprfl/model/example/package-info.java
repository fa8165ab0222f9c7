/** The method on numbers small enough to follow by hand: {@code docs/method.md} tells them. */
package dev.cprfl.model.example;
